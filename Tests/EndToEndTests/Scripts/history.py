"""Random histories of one session: what an application might do next, and much that it should not.

A history is a list of operations, in which {k} stands for the session's number and {side} for the
name of the side that is spoken to. Each is a dictionary that prints itself:
  do: "query" (simple protocol), "segments" (extended protocol), "copy" (COPY FROM STDIN)
  sql, or messages: what is sent; data: what is copied; think: seconds to wait before it
  check: "same" (the answer is the one of a single server), "clock" or "stamp" (see consistency.py)
"""
import random
import re

# A session's objects carry its number, so that no other session changes what they answer.
# A parameter that only a session knows stays behind as an empty string when it is reset, and so on a
# server connection that another session used before.
OWN = "select coalesce(current_setting('own.var', true), '')"
SETUP = """
    create table own_{k} (id int primary key, value int, note text);
    insert into own_{k} select i, i * 10, 'note ' || i from generate_series(1, 20) i;
    create unlogged table fleeting_{k} (id int primary key, value int);
    create sequence serial_{k};
    create view next_{k} as select nextval('serial_{k}') as n;
    create schema alt_{k};
    create table alt_{k}.own_{k} (id int, value int, note text);
    insert into alt_{k}.own_{k} values (1, -1, 'alternative');
    create function bump_{k}() returns int language plpgsql as $$
      declare result int;
      begin
        update own_{k} set value = value + 1 where id = 1 returning value into result;
        return result;
      end $$;
    create function quiet_{k}(int) returns int language sql as
      'update own_{k} set value = value - $1 where id = 2 returning value';
    create function total_{k}() returns bigint language sql stable as
      'select sum(value) from own_{k}';
    create view sums_{k} as select count(*) as n, sum(value) as total from own_{k};
    create table stamp_{k} (n int);
    grant select on own_{k} to session_reader;
"""
TEARDOWN = """
    drop schema if exists alt_{k} cascade;
    drop function if exists bump_{k}(), quiet_{k}(int), total_{k}();
    drop view if exists next_{k}, sums_{k};
    drop table if exists own_{k}, fleeting_{k}, stamp_{k}, extra_{k};
    drop sequence if exists serial_{k};
"""

READS = [
    "select id, value, note from own_{k} order by id limit {n}",
    "select count(*), sum(value) from own_{k}",
    "select value from own_{k} where id = {n}",
    "select * from sums_{k}",
    "select total_{k}()",
    "table own_{k} order by id limit 3",
    "with w as (select * from own_{k} where id < {n}) select max(value) from w",
    "select a.id, b.label from own_{k} a join shared b on b.id = a.id order by a.id limit 5",
    "select label from shared where id = {n}",
    "select sum(id) from shared",
    "values ({n}, 'x'), (2, 'y')",
    "select exists (select from own_{k} where id = {n})",
    "/* a comment */ select note from own_{k} where id = 3",
    "/*NO LOAD BALANCE*/ select note from own_{k} where id = 3",
    "copy (select id, value from own_{k} order by id limit 4) to stdout",
    "copy own_{k} to stdout",
    "select timestamptz '2020-01-01 00:00:00+00', date '2020-02-03', 1.1::float8, interval '1 day'",
    OWN + ", current_setting('work_mem')",
    "select current_user, current_schema, current_schemas(false)",
    "select count(*) from pg_class where relname = 'own_{k}'",
    "select name::regclass::text from (values ('own_{k}')) v (name)",
    "select id from own_{k} where id = any (array[1, {n}]) order by 1",
    "explain (costs off) select 1",
    "select to_regclass('extra_{k}')::text",
]
WRITES = [
    "insert into own_{k} values ({big}, {n}, 'new') on conflict (id) do update set value = own_{k}.value + 1",
    "insert into own_{k} values ({big}, 0) on conflict do nothing",
    "insert into own_{k} select {big} + i, i, null from generate_series(1, 3) i on conflict do nothing",
    "update own_{k} set value = value + {n} where id = {n}",
    "update own_{k} set note = 'changed {n}' where id % 5 = {n} % 5",
    "update own_{k} set value = value + 1 where id = {n} returning id, value",
    "delete from own_{k} where id = {big}",
    "with w as (update own_{k} set value = value + 7 where id = {n} returning value) select * from w",
    "with w as (delete from own_{k} where id > 200 returning id) select count(*) from w",
    "merge into own_{k} t using (values ({big}, 5)) s (id, value) on t.id = s.id"
    " when matched then update set value = s.value when not matched then insert values (s.id, s.value)",
    "insert into fleeting_{k} values ({big}, {n}) on conflict (id) do update set value = {n}",
    "select nextval('serial_{k}')",
    "select n from next_{k}",
    "select setval('serial_{k}', {big})",
    "select bump_{k}()",
    "select quiet_{k}({n})",
    "select id from own_{k} where id = {n} for update",
    "select count(*) from (select id from own_{k} for share) q",
    "do $$ begin update own_{k} set value = value + 1 where id = 4; end $$",
    "truncate fleeting_{k}",
    "explain (analyze, costs off, timing off, summary off) insert into fleeting_{k} values ({big} + 1000, 0)",
    "lock table own_{k} in access share mode",
]
# Their answer is known to one connection or node only, whatever the text looks like. What
# pg_prepared_statements shows is not among them: it depends on who has executed what where.
BOUND = [
    "select value from fleeting_{k} order by id",
    "select count(*) from fleeting_{k}",
    "select currval('serial_{k}')",
    "select last_value, is_called from serial_{k}",
    "select lastval()",
    "select pg_try_advisory_lock({k})",
    "select pg_advisory_unlock({k})",
    "select count(*) from pg_locks where locktype = 'advisory' and objid = {k} and pid = pg_backend_pid()",
    "select name, is_holdable from pg_cursors where name <> '' order by 1",
]
# Inside a read-only transaction that a standby runs, the answer is the standby's.
ROLE = ["select pg_is_in_recovery()"]
SETTINGS = [
    "set {scope} work_mem = '{size}MB'", "set {scope} timezone = '{zone}'", "set {scope} time zone '{zone}'",
    "set {scope} own.var = 'it''s {n}'", "set {scope} datestyle = 'German, DMY'",
    "set {scope} extra_float_digits = {digit}", "set {scope} search_path = alt_{k}, public",
    "set {scope} search_path to public", "set {scope} application_name = 'session {n}'",
    "set {scope} intervalstyle = 'iso_8601'", "set {scope} role session_reader", "set {scope} role none",
    "set {scope} statement_timeout = '{size}min'", "set {scope} work_mem to default",
    "set {scope} enable_seqscan = off", "reset role", "reset search_path", "reset timezone", "reset all",
    "reset own.var", "set default_transaction_isolation = 'repeatable read'",
    "reset default_transaction_isolation", "set default_transaction_read_only = on",
    "reset default_transaction_read_only", "set session characteristics as transaction read only",
    "set session characteristics as transaction read write", "set session authorization default",
    "select set_config('own.var', 'configured {n}', {flag})", "select set_config('timezone', '{zone}', {flag})",
    "select set_config('work_mem', '{size}MB', {flag}), 'beside'", "set nonsense = 1", "set work_mem = 'much'",
]
SHOWS = [
    "show work_mem", "show timezone", OWN, "show datestyle", "show search_path", "show role",
    "show application_name", "show extra_float_digits", "show intervalstyle", "show transaction_isolation",
    "show transaction_read_only", "show default_transaction_isolation", "show default_transaction_read_only",
    "show statement_timeout", "show enable_seqscan", "select current_setting('timezone')",
    OWN, "select current_setting('role')",
]
BEGINS = [
    "begin", "begin", "begin", "start transaction", "begin read only", "begin isolation level repeatable read",
    "begin isolation level repeatable read, read only", "start transaction isolation level serializable",
    "begin isolation level serializable, read only", "begin read write", "begin work isolation level read committed",
    "begin; set local work_mem = '9MB'", "begin; select 1", "start transaction read only, read write",
    "begin isolation level serializable read only deferrable",
]
ENDS = ["commit", "commit", "commit", "commit", "end", "rollback", "rollback", "abort", "commit and chain",
        "rollback and chain"]
INSIDE = ["savepoint a", "savepoint a", "savepoint b", "savepoint \"C\"", "release a", "release savepoint b",
          "rollback to a", "rollback to savepoint b", "rollback to \"C\"", "set transaction read only",
          "set transaction isolation level repeatable read", "set transaction isolation level read committed",
          "set transaction read write", "begin", "set constraints all deferred"]
FAILURES = [
    "select 1 / 0", "selec 1", "select * from nowhere_{k}", "insert into own_{k} values (1)",
    "select nofunction({n})", "select 'x'::int", "rollback to nowhere", "release nowhere",
    "fetch from nowhere", "execute nowhere", "select 1; select 1 / 0; select 2",
    "insert into own_{k} values ({big}, 1, 'half') on conflict do nothing; select 1 / 0", "commit", "savepoint a",
    "select pg_notify('c', repeat('x', 10000))", "update own_{k} set value = 'x'", "deallocate nowhere",
]
TEMPORARY = [
    "create temp table if not exists passing (a int)", "insert into passing values ({n})",
    "select count(*), sum(a) from passing", "drop table if exists pg_temp.passing",
    # A plan that exists notices a hidden table only if it happens to be made anew.
    "create temp table own_{k} as select 0 as id, 0 as value, 'temporary' as note; discard plans",
    "drop table if exists pg_temp.own_{k}; discard plans", "select n into temp table fetched from generate_series(1, 3) n",
    "select sum(n) from fetched", "drop table if exists fetched",
    "create temp view passing_view as select count(*) as n from own_{k}", "select n from passing_view",
    "drop view if exists passing_view", "create temp sequence serial", "select nextval('serial')",
    "create temp table brief (a int) on commit drop", "select count(*) from brief",
]
SCHEMA = [
    "create table extra_{k} (a int)", "create table if not exists extra_{k} as select 5 as a",
    "insert into extra_{k} values ({n})", "select sum(a) from extra_{k}", "drop table if exists extra_{k}",
    "alter table extra_{k} add column b int default 3", "select sum(b) from extra_{k}",
    "create or replace function total_{k}() returns bigint language sql stable as 'select sum(value) + {n} from own_{k}'",
    "select total_{k}()", "comment on table own_{k} is 'a {n}'", "select obj_description('own_{k}'::regclass)",
    "create index if not exists own_{k}_i on own_{k} (value)", "drop index if exists own_{k}_i",
    "create or replace view sums_{k} as select count(*) as n, sum(value) + {n} as total from own_{k}",
    "select * from sums_{k}", "alter table own_{k} alter column note set default 'none'",
]
PREPARED = [
    "prepare sql1 (int) as select value from own_{k} where id = $1", "execute sql1 ({n})", "execute sql1 (1)",
    "prepare sql2 (int, int) as update own_{k} set value = value + $2 where id = $1", "execute sql2 ({n}, 3)",
    "prepare sql3 as select count(*), sum(value) from own_{k}", "execute sql3", "deallocate sql1",
    "deallocate prepare sql2", "deallocate all", "prepare sql4 as select nextval('serial_{k}')", "execute sql4",
    "create temp table executed_{big} as execute sql3",
]
CURSORS = [
    "declare c1 cursor for select id, value from own_{k} order by id", "fetch 3 from c1", "fetch c1",
    "move 2 in c1", "close c1", "declare c2 scroll cursor with hold for select id from own_{k} order by id desc",
    "fetch backward 2 from c2", "fetch 2 in c2", "close c2", "close all",
    "declare c3 cursor for select id from own_{k} order by id for update", "fetch c3",
    "update own_{k} set value = value + 1 where current of c3",
]
MESSAGES = [
    "select value from own_{k} where id = 1; select value from own_{k} where id = 2",
    "update own_{k} set value = value + 1 where id = 1; select value from own_{k} where id = 1",
    "select 1; insert into own_{k} values ({big}, 2) on conflict do nothing; select count(*) from own_{k}",
    "begin; select value from own_{k} where id = 3; update own_{k} set value = 5 where id = 3; commit",
    "begin read only; select count(*) from own_{k}; commit", ";", "", "-- nothing", "select 1;;select 2;",
    "set own.var = 'beside'; update own_{k} set value = value + 1 where id = 2",
    "set own.var = 'inside'; " + OWN, "begin; set local own.var = 'local'; " + OWN + "; commit; " + OWN,
    "select 1; begin; select 2", "select 1; commit; select 2", "begin; insert into own_{k} values (1); commit",
    "rollback; select count(*) from own_{k}",
]
EVERYWHERE = [
    "listen channel_{k}", "notify channel_{k}, 'payload {n}'", "unlisten *", "discard plans", "discard temp",
    "discard all", "discard sequences", "load 'plpgsql'", "analyze own_{k}",
]
EXTENDED = [
    ("select value from own_{k} where id = $1", ["{n}"]),
    ("select id, note from own_{k} where id <= $1 order by id", ["{n}"]),
    ("update own_{k} set value = value + $1 where id = $2 returning value", ["2", "{n}"]),
    ("insert into own_{k} (id, value) values ($1, $2) on conflict (id) do nothing", ["{big}", "1"]),
    ("select label from shared where id = $1", ["{n}"]),
    ("select count(*) from own_{k}", []),
    ("select nextval('serial_{k}')", []),
    ("select n from next_{k}", []),
    ("select bump_{k}()", []),
    ("begin", []), ("begin isolation level repeatable read", []), ("commit", []), ("rollback", []),
    ("savepoint a", []), ("rollback to a", []),
    ("set own.var = 'extended'", []), (OWN, []), ("select set_config('own.var', $1, false)", ["given"]),
    ("select 1 / $1::int", ["0"]), ("select count(*) from fleeting_{k}", []),
    ("select id from own_{k} where id = $1 for update", ["{n}"]), ("select nothing at all", []), ("", []),
]


# What has to be said first for the rest to make sense; mostly it is.
OPENERS = {
    word: next(t for t in templates if word.strip("'") in t)
    for templates, words in (
        (CURSORS, ["c1", "c2", "c3"]), (PREPARED, ["sql1", "sql2", "sql3", "sql4"]),
        (TEMPORARY, ["passing", "fetched", "passing_view", "serial'", "brief"]), (SCHEMA, ["extra_{k}"]))
    for word in words
}
OF_A_TRANSACTION = {"c1", "c3", "brief"}

# In a READ ONLY transaction that cannot leave its standby these are errors, or belong to the node:
# Documentation/routing.md says so, and homes.py proves it.
OF_THE_PRIMARY = re.compile(
    "fleeting_|currval|lastval|last_value|advisory|pg_notify|notify |with hold"
    "|prepare transaction|read write|analyze|setval|nextval|next_|bump_|quiet_|sql4")


def starts_clean(number):
    """Whether somebody else makes the objects of this session."""
    return number % 3 == 1


def setup(number):
    return SETUP.format(k=number)


class Author:
    """Writes one session's history, an operation at a time, knowing the state it is in."""

    # (operations, weight outside of transactions, weight inside)
    CHAPTERS = [
        (READS, 30, 22), (WRITES, 12, 12), (BOUND, 4, 3), (ROLE, 1, 0), (SETTINGS, 5, 5), (SHOWS, 6, 6), (FAILURES, 2, 2),
        (TEMPORARY, 2, 2), (SCHEMA, 2, 2), (PREPARED, 4, 3), (CURSORS, 1, 5), (MESSAGES, 4, 2),
        (EVERYWHERE, 1, 0), (BEGINS, 12, 0), (INSIDE, 1, 8), (ENDS, 1, 10),
        ("clock", 8, 8), ("stamp", 3, 2), ("segments", 8, 6), ("copy", 1, 1), ("two_phase", 0, 1),
    ]

    def __init__(self, seed, number):
        self.draw = random.Random(seed * 1_000_003 + number)
        self.number = number
        self.statements, self.opened, self.pending = {}, set(), []
        # What was said in this transaction, and what was said about all of them.
        self.said, self.defaults = "", ""
        # Of each prepared statement, all that it may be.
        self.texts = {}
        # Some sessions read more, some rest more.
        self.calm = self.draw.choice([0, 0, 1, 3])

    def fill(self, template):
        draw = self.draw
        return template.format(
            k="{k}", n=draw.randint(1, 22), big=draw.randint(100, 220), size=draw.randint(2, 30),
            zone=draw.choice(["UTC", "Asia/Tokyo", "Europe/Berlin", "America/New_York"]),
            scope=draw.choice(["", "", "session", "local"]), digit=draw.randint(0, 3),
            flag=draw.choice(["true", "false"]))

    def next(self, status):
        """The next operation for a session whose last ReadyForQuery said `status`."""
        draw = self.draw
        if status == b"I":
            self.opened -= OF_A_TRANSACTION
            self.said = ""
        if self.pending:
            return self.pending.pop(0)
        operation = self.propose(status)
        if self.may_be_stuck(operation):
            operation = self.query("select label from shared where id = 10")
        text = self.words(operation)
        self.said += text
        if "default_transaction" in text or "session characteristics" in text:
            self.defaults += text
        operation["think"] = self.think()
        return operation

    def may_be_stuck(self, operation):
        """Whether it needs the primary, perhaps in a transaction that has to stay on a standby."""
        text = self.words(operation)
        said = self.defaults + self.said + text
        return bool(
            OF_THE_PRIMARY.search(text) and re.search("read only|read_only", said)
            and re.search("repeatable read|cursor", said))

    def words(self, operation):
        """All SQL of an operation, with what was prepared earlier."""
        texts = [operation.get("sql", "")]
        for message in operation.get("messages", []):
            if message[0] == "Parse":
                texts.append(message[2])
            elif message[0] == "Bind":
                texts.append(self.texts.get(message[2], ""))
        return " ".join(texts).lower() + ";"

    def propose(self, status):
        draw = self.draw
        if status == b"E" and draw.random() < 0.7:
            operation = self.query(draw.choice(ENDS + ["rollback to a", "rollback to b"]))
        else:
            column = 1 if status == b"I" else 2
            chapter, = draw.choices(
                [c[0] for c in self.CHAPTERS], [c[column] for c in self.CHAPTERS])
            operation = getattr(self, chapter)() if isinstance(chapter, str) else self.query(
                self.fill(self.opened_first(draw.choice(chapter), status)))
        return operation

    def opened_first(self, template, status):
        for word, opener in OPENERS.items():
            if word in template and word not in self.opened and self.draw.random() < 0.85:
                if word in OF_A_TRANSACTION and status == b"I":
                    return "begin"
                self.opened.add(word)
                return opener
        return template

    def think(self):
        """Often nothing; sometimes long enough for one standby to catch up, or for both."""
        limit = self.draw.choices([0, 0.01, 0.2, 0.6], [90, 8, 1 + self.calm, self.calm])[0]
        return round(self.draw.uniform(0, limit), 3)

    @staticmethod
    def query(sql):
        return {"do": "query", "sql": sql, "check": "same"}

    def clock(self):
        return dict(self.query(
            "select min(n), max(n), (select count(*) from stamp_{k}), current_setting('transaction_isolation')"
            " from clock"), check="clock")

    def stamp(self):
        return dict(self.query(
            "insert into stamp_{k} select max(n) from clock returning n"), check="stamp")

    def copy(self):
        draw = self.draw
        rows = "".join("%d\t%d\tcopied\n" % (draw.randint(300, 9_000), i) for i in range(draw.randint(0, 4)))
        return {"do": "copy", "sql": "copy own_{k} from stdin", "data": rows, "check": "same"}

    def two_phase(self):
        name = "'{side} {k}'"
        self.pending.append(self.query(self.draw.choice(["commit", "rollback"]) + " prepared " + name))
        return self.query("prepare transaction " + name)

    def segments(self):
        """A pipeline: one or several segments, each closed by a Sync, sent at once."""
        draw = self.draw
        messages = []
        for _ in range(draw.choice([1, 1, 1, 2, 3, 5])):
            for _ in range(draw.choice([1, 1, 2, 3])):
                messages += self.statement()
            messages.append(["Sync"])
        return {"do": "segments", "messages": messages, "check": "same"}

    def statement(self):
        draw = self.draw
        kind = draw.random()
        if kind < 0.1:
            return [["Close", "S", draw.choice(["s1", "s2", "s3"])]]
        if kind < 0.35 and self.statements:
            # Prepared earlier; perhaps closed or failed since.
            name = draw.choice(sorted(self.statements))
            arguments = self.statements[name]
            parse = []
        else:
            text, arguments = draw.choice(EXTENDED)
            name = draw.choice(["", "", "s1", "s2", "s3"])
            parse = [["Parse", name, self.fill(text)]]
            if name and name in self.statements and draw.random() < 0.8:
                parse.insert(0, ["Close", "S", name])
            if name:
                self.statements[name] = arguments
            # Of one that is refused the older text stays prepared: both count.
            self.texts[name] = (self.texts.get(name, "") + " " + text)[-2000:]
        portal = draw.choice(["", "", "p1"])
        messages = parse + [["Bind", portal, name] + [self.fill(a) for a in arguments]]
        if draw.random() < 0.4:
            messages.append(["Describe", "P", portal])
        messages.append(["Execute", portal, draw.choice([0, 0, 0, 1, 2])])
        if draw.random() < 0.1:
            messages.append(["Execute", portal, 0])
        if portal:
            messages.append(["Close", "P", portal])
        return messages
