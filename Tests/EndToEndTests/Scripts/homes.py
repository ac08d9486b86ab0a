"""Where statements and transactions run. Node 0 is the primary and gets no reads, node 1 the standby;
notice_per_node_statement tells which one got a statement."""
import re
import time

from wire import *

PRIMARY, STANDBY = 0, 1


class Session(Connection):
    """Remembers which nodes got something."""

    def nodes(self, sql, expected_error=None):
        """The nodes that got a statement of this message, in order."""
        self.notices.clear()
        try:
            self.rows = self.query(sql)
            check(expected_error is None, sql, "did not fail")
        except ServerError as error:
            check(error.sqlstate == expected_error, sql, error)
        return self.told()

    def told(self):
        nodes = []
        for notice in self.notices:
            found = re.match(r"DB node id: (\d+) ", notice.get("M", ""))
            if found:
                nodes.append(int(found.group(1)))
        return nodes

    def goes(self, sql, *nodes, error=None):
        check(self.nodes(sql, error) == list(nodes), sql, "went to", self.told())

    def settle(self):
        """Waits until the standby has all that this session wrote."""
        deadline = time.monotonic() + 10
        while self.nodes("select 1") != [STANDBY]:
            check(time.monotonic() < deadline, "the standby gets no reads")
            time.sleep(0.01)


def prepare(port):
    session = Session(port)
    session.query("drop table if exists homes; create table homes (a int primary key, b text)")
    session.query("insert into homes select i, 'x' from generate_series(1, 10) i")
    session.settle()
    return session


def first_statement(port):
    session = prepare(port)
    session.goes("begin")
    check(session.status == b"T", session.status)
    session.goes("select count(*) from homes", STANDBY)
    session.goes("select 2", STANDBY)
    session.goes("commit", STANDBY)
    check(session.status == b"I")
    session.goes("begin")
    session.goes("update homes set b = 'y' where a = 1", PRIMARY)
    session.goes("select b from homes where a = 1", PRIMARY)
    check(session.rows == [["y"]], session.rows)
    session.goes("rollback", PRIMARY)
    for end in ["commit", "rollback", "end", "abort"]:
        session.goes("begin")
        session.goes(end)
        check(session.status == b"I")
    session.settle()
    session.goes("start transaction isolation level repeatable read")
    session.goes("select 1", PRIMARY)
    session.goes("commit", PRIMARY)
    session.goes("begin")
    session.goes("set transaction isolation level serializable")
    session.goes("select 1", PRIMARY)
    check(session.value("show transaction_isolation") == "serializable")
    session.goes("commit", PRIMARY)
    session.terminate()


def moves(port):
    session = prepare(port)
    session.query("begin")
    session.goes("select 1", STANDBY)
    session.goes("set local work_mem = '9MB'", STANDBY)
    session.goes("savepoint a", STANDBY)
    session.goes("set work_mem = '10MB'", STANDBY)
    session.goes("insert into homes values (11, 'x')", PRIMARY)
    check(session.value("show work_mem") == "10MB")
    session.goes("rollback to a", PRIMARY)
    check(session.value("show work_mem") == "9MB")
    check(session.value("select count(*) from homes") == "10")
    session.query("insert into homes values (12, 'x')")
    session.query("commit")
    check(session.value("select count(*) from homes") == "11")
    check(session.value("show work_mem") == "4MB")
    # Nothing is left open on the standby.
    session.settle()
    session.goes("select 1", STANDBY)
    check(session.status == b"I")
    for sql in ["select now() is null", "declare c cursor for select 1", "select pg_is_in_recovery()",
                "select * from homes for update", "set transaction read write"]:
        session.settle()
        session.query("begin")
        session.goes("select 1", STANDBY)
        session.goes(sql, PRIMARY)
        session.goes("select 1", PRIMARY)
        session.query("rollback")
    # Errors stay where they are.
    session.settle()
    session.query("begin")
    session.goes("select 1 / 0", STANDBY, error="22012")
    session.goes("insert into homes values (13, 'x')", STANDBY, error="25P02")
    session.query("commit")
    check(session.status == b"I")
    check(session.value("select count(*) from homes") == "11")
    session.terminate()


def read_only(port):
    session = prepare(port)
    other = Session(port)
    session.query("begin read only")
    session.goes("select now() is null", STANDBY)
    session.goes("declare c cursor for select a from homes order by a", STANDBY)
    session.goes("fetch 2 from c", STANDBY)
    check(session.rows == [["1"], ["2"]])
    session.goes("select count(*) from pg_class where relname = 'homes'", STANDBY)
    session.goes("insert into homes values (20, 'x')", STANDBY, error="25006")
    session.goes("rollback", STANDBY)
    session.query("begin isolation level repeatable read read only")
    session.goes("select count(*) from homes", STANDBY)
    count = session.rows
    other.query("insert into homes values (21, 'x')")
    other.settle()
    check(other.value("select count(*) from homes") == "11")
    session.goes("select count(*) from homes", STANDBY)
    check(session.rows == count, "the snapshot changed")
    session.goes("commit", STANDBY)
    session.query("set session characteristics as transaction read only")
    session.query("begin")
    session.goes("select now() is null", STANDBY)
    session.query("commit")
    for each in (session, other):
        each.terminate()


def standby_cannot(port):
    """What only the primary does: a READ ONLY transaction moves there, or is told to do without."""
    session = prepare(port)
    for sql in ["select pg_try_advisory_xact_lock(3)", "select txid_current() > 0", "notify homes"]:
        session.settle()
        session.query("begin read only")
        session.goes("select 1", STANDBY)
        session.goes(sql, PRIMARY)
        session.query("commit")
    session.settle()
    session.query("begin read only")
    session.goes("select 1", STANDBY)
    session.goes("insert into homes values (20, 'x')", PRIMARY, error="25006")
    session.query("rollback")
    session.settle()
    session.query("begin isolation level repeatable read read only")
    session.goes("select count(*) from homes", STANDBY)
    for sql in ["select pg_advisory_xact_lock(3)", "select pg_try_advisory_lock(3)", "notify homes",
                "select txid_current()", "listen homes", "select setseed(0.5)",
                "declare c cursor with hold for select 1", "select 1; select pg_advisory_lock(3)"]:
        session.goes(sql, error="0A000")
        check(session.status == b"T", session.status)
    session.notices.clear()
    session.send(parse("", "select pg_advisory_lock($1)") + bind("", "", ["3"]) + describe(b"P", "")
                 + execute("") + SYNC)
    try:
        session.drain()
        check(False, "the lock was not refused")
    except ServerError as error:
        check(error.sqlstate == "0A000", error)
    check(session.told() == [], session.told())
    session.goes("select count(*) from homes", STANDBY)
    session.goes("insert into homes values (20, 'x')", STANDBY, error="25006")
    session.goes("rollback", STANDBY)
    session.query("begin isolation level repeatable read read only")
    session.goes("select 1", STANDBY)
    session.goes("commit; insert into homes values (21, 'x')", PRIMARY)
    check(session.value("select count(*) from homes") == "11")
    session.terminate()


FUNCTIONS = """
create or replace function homes_deep() returns text language plpgsql as
    $$ begin return set_config('homes.a', 'x', false); end $$;
create or replace function homes_outer() returns text language plpgsql as
    $$ begin return homes_deep(); end $$;
create or replace function homes_stable() returns text language sql stable as
    $$ select set_config('homes.a', 'y', false) $$;
create or replace function homes_clean(number int) returns int language plpgsql as
    $$ begin insert into homes (a, b) values (number, lower('X')); return number; end $$;
create or replace function homes_time() returns timestamptz language sql stable as
    $$ select now() $$;
create or replace view homes_now as select now() as now, a from homes
"""


def functions(port):
    """What functions and views do beside what the statement says."""
    session = prepare(port)
    session.query(FUNCTIONS)
    session.settle()
    time.sleep(0.2)
    session.goes("select homes_clean(30)", PRIMARY)
    session.settle()
    for sql in ["select count(now) from homes_now", "select homes_time() is null"]:
        session.goes(sql, STANDBY)
        session.query("begin")
        session.goes(sql, PRIMARY)
        session.query("commit")
        session.settle()
        session.query("begin")
        session.goes("select 1", STANDBY)
        session.goes(sql, PRIMARY)
        session.query("commit")
        session.settle()
        session.query("begin read only")
        session.goes(sql, STANDBY)
        session.query("commit")
    session.terminate()
    for call, value in [("homes_outer()", "x"), ("homes_stable()", "y")]:
        session = Session(port)
        session.settle()
        session.goes("select " + call, PRIMARY)
        for _ in range(3):
            session.goes("select current_setting('homes.a')", PRIMARY)
            check(session.rows == [[value]], session.rows)
            time.sleep(0.02)
        session.terminate()
    # A function of the same transaction: nobody else can look it up.
    session = Session(port)
    session.query("begin; create function homes_new() returns text language sql as "
                  "$$ select set_config('homes.a', 'z', false) $$")
    session.query("select homes_new()")
    session.query("drop function homes_new()")
    session.query("commit")
    for _ in range(3):
        session.goes("select current_setting('homes.a')", PRIMARY)
        time.sleep(0.02)
    session.query("drop view homes_now; drop function homes_outer, homes_deep, homes_stable, homes_time, "
                  "homes_clean")
    session.terminate()


def others_writes(port, standby_port):
    """read_your_writes = global holds for each statement of an open transaction."""
    session, writer = prepare(port), Session(port)
    standby = Connection(standby_port)
    for begin in ["begin", "begin read only"]:
        session.settle()
        session.query(begin)
        session.goes("select count(*) from homes", STANDBY)
        before = int(session.rows[0][0])
        standby.query("select pg_wal_replay_pause()")
        try:
            writer.query("insert into homes values (%d, 'x')" % (100 + before))
            session.goes("select count(*) from homes", PRIMARY)
            check(session.rows == [[str(before + 1)]], session.rows)
        finally:
            standby.query("select pg_wal_replay_resume()")
        session.query("commit")
    for each in (session, writer, standby):
        each.terminate()


def settings(port):
    session = prepare(port)
    session.goes("set work_mem = '11MB'", PRIMARY)
    session.goes("set datestyle = 'SQL, DMY'", PRIMARY)
    check(session.parameters["DateStyle"] == "SQL, DMY", session.parameters)
    session.goes("show work_mem", STANDBY)
    check(session.rows == [["11MB"]], session.rows)
    session.goes("select date '2026-11-21'", STANDBY)
    check(session.rows == [["21/11/2026"]], session.rows)
    check(session.parameters["DateStyle"] == "SQL, DMY", session.parameters)
    session.query("begin")
    session.goes("select 1", STANDBY)
    session.goes("set work_mem = '12MB'", STANDBY)
    session.query("rollback")
    check(session.value("show work_mem") == "11MB")
    session.query("begin; select 1; set work_mem = '13MB'; commit")
    session.goes("show work_mem", STANDBY)
    check(session.rows == [["13MB"]], session.rows)
    session.query("update homes set b = 'z'")
    check(session.value("show work_mem") == "13MB")
    session.goes("reset work_mem", PRIMARY)
    session.settle()
    session.goes("show work_mem", STANDBY)
    check(session.rows == [["4MB"]], session.rows)
    session.query("select set_config('work_mem', '14MB', false)")
    session.settle()
    session.goes("show work_mem", STANDBY)
    check(session.rows == [["14MB"]], session.rows)
    session.query("create role homes_role")
    session.query("grant select on homes to homes_role")
    session.settle()
    session.query("set role homes_role")
    session.goes("select current_user", STANDBY)
    check(session.rows == [["homes_role"]], session.rows)
    session.goes("discard all", PRIMARY)
    session.settle()
    session.goes("select current_user, current_setting('work_mem')", STANDBY)
    check(session.rows == [["postgres", "4MB"]], session.rows)
    check(session.parameters["DateStyle"] == "ISO, MDY", session.parameters)
    session.query("revoke all on homes from homes_role")
    session.query("drop role homes_role")
    session.terminate()


def own_writes(port):
    session = prepare(port)
    for number in range(100, 400):
        session.query("insert into homes values (%d, 'x')" % number)
        check(session.value("select count(*) from homes") == str(number - 89), number)
    session.settle()
    session.goes("select 1", STANDBY)
    for number in range(400, 450):
        session.query("begin; insert into homes values (%d, 'x'); commit" % number)
        session.query("begin read only")
        check(session.value("select count(*) from homes") == str(number - 89), number)
        session.query("commit")
    session.terminate()


def pinned(port):
    for sql in ["create temp table homes_temp (a int)", "listen homes",
                "prepare p as select pg_advisory_lock(1)", "select pg_advisory_lock(7)", "select 1 as a into temp homes_temp2",
                "declare c cursor with hold for select 1"]:
        session = prepare(port)
        session.query(sql)
        for _ in range(3):
            session.goes("select 1", PRIMARY)
            time.sleep(0.02)
        session.terminate()
    # A statement that fails leaves nothing behind.
    session = prepare(port)
    session.goes("nonsense", PRIMARY, error="42601")
    session.settle()
    session.terminate()


def prepared(port):
    """What SQL's PREPARE made is prepared again where it is used."""
    session = prepare(port)
    session.goes("prepare p as select count(*) from homes", PRIMARY)
    session.settle()
    session.goes("execute p", PRIMARY)
    check(session.rows == [["10"]], session.rows)
    # On the standby of a transaction that cannot leave it.
    def on_standby(*statements):
        session.settle()
        session.query("begin isolation level repeatable read read only")
        session.goes("select 1", STANDBY)
        rows = []
        for sql in statements:
            check(set(session.nodes(sql)) <= {STANDBY}, sql, "went to", session.told())
            rows.append(session.rows)
        session.query("commit")
        return rows
    check(on_standby("execute p") == [[["10"]]])
    on_standby("prepare q (int) as select $1 + 1")
    check(session.value("execute q (4)") == "5")
    # A name is taken wherever it was given.
    on_standby("prepare r as select 'r'")
    session.goes("prepare r as select 'again'", PRIMARY, error="42P05")
    check(session.value("execute r") == "r")
    session.send(parse("r", "select 1") + SYNC)
    try:
        session.drain()
        check(False, "the name was taken")
    except ServerError as error:
        check(error.sqlstate == "42P05", error)
    # Binding it, and EXECUTE in the extended protocol.
    on_standby("prepare s (int) as select $1 * 2")
    session.send(bind("", "s", "21") + describe(b"P", "") + execute("") + SYNC)
    check(session.drain() == [["42"]])
    on_standby("prepare t as select 't'")
    session.send(parse("", "execute t") + bind("", "") + describe(b"P", "") + execute("") + SYNC)
    check(session.drain() == [["t"]])
    # A younger one of the same name.
    session.query("deallocate s")
    session.query("prepare s as select 'younger'")
    check(on_standby("execute s") == [[["younger"]]])
    on_standby("deallocate s")
    for sql in ["execute s", "deallocate s"]:
        session.goes(sql, PRIMARY, error="26000")
    # Several in one message, and one that fails.
    session.query("prepare u as select 'u'; prepare v as select 'v'")
    check(on_standby("execute u", "execute v") == [[["u"]], [["v"]]])
    session.goes("prepare w as select nonsense", PRIMARY, error="42703")
    check(on_standby("execute p", "execute p") == [[["10"]], [["10"]]])
    # A rollback does not undo it.
    session.query("begin; prepare x as select 'x'")
    session.query("rollback")
    check(on_standby("execute x") == [[["x"]]])
    session.query("create table homes_made as execute p")
    check(session.value("select count from homes_made") == "10")
    session.query("drop table homes_made")
    session.query("deallocate all")
    session.goes("execute p", PRIMARY, error="26000")
    on_standby("prepare p as select 'late'")
    session.query("discard all")
    session.goes("execute p", PRIMARY, error="26000")
    session.settle()
    session.terminate()


def late_catalog(port):
    """The catalog's answer comes too late, for nothing waits for it: the session stays on the primary
    until it has come, and for good where it says that state was left."""
    for body, is_free in [("select count(*)::int from homes", True),
                          ("select length(set_config('homes.a', 'x', false))", False)]:
        session = prepare(port)
        session.query("create function homes_late() returns int language sql stable as $$ %s $$" % body)
        session.terminate()
        session = Session(port)
        session.settle()
        session.query("select homes_late()")
        if is_free:
            session.settle()
        else:
            for _ in range(5):
                time.sleep(0.1)
                session.goes("select current_setting('homes.a')", PRIMARY)
                check(session.rows == [["x"]], session.rows)
        session.query("drop function homes_late()")
        session.terminate()


def extended(port):
    session = prepare(port)
    def segment(*statements):
        session.notices.clear()
        data = b""
        for sql in statements:
            data += parse("", sql) + bind("", "") + describe(b"P", "") + execute("")
        session.send(data + SYNC)
        return session.drain()
    segment("begin")
    check(session.told() == [] and session.status == b"T", session.told())
    check(segment("select count(*) from homes") == [["10"]])
    check(set(session.told()) == {STANDBY}, session.told())
    segment("insert into homes values (30, 'x')")
    check(set(session.told()) == {PRIMARY}, session.told())
    check(segment("select count(*) from homes") == [["11"]])
    segment("rollback")
    session.settle()
    check(segment("begin", "select count(*) from homes", "commit") == [["10"]])
    check(set(session.told()) == {STANDBY}, session.told())
    segment("begin")
    segment("commit")
    check(session.told() == [] and session.status == b"I")
    # Named statements are known wherever they are bound.
    session.send(parse("b", "begin") + parse("c", "commit") + parse("s", "select count(*) from homes")
                 + parse("i", "insert into homes values (31, 'x')") + SYNC)
    session.drain()
    def run(*names):
        session.notices.clear()
        data = b"".join(bind("", name) + execute("") for name in names)
        session.send(data + SYNC)
        return session.drain()
    for _ in range(3):
        session.settle()
        run("b")
        check(session.told() == [], session.told())
        check(run("s") == [["10"]])
        check(set(session.told()) == {STANDBY}, session.told())
        run("i")
        check(run("s") == [["11"]])
        check(set(session.told()) == {PRIMARY}, session.told())
        session.query("rollback")
    # A portal that stays open keeps a transaction that may write on the primary.
    session.settle()
    session.query("begin")
    session.notices.clear()
    session.send(bind("p", "s") + execute("p", 1) + SYNC)
    session.drain()
    check(set(session.told()) == {PRIMARY}, session.told())
    session.query("rollback")
    # SET in a batch, as drivers send it.
    segment("set extra_float_digits = 3", "set application_name = 'homes'")
    session.settle()
    session.goes("show extra_float_digits", STANDBY)
    check(session.rows == [["3"]], session.rows)
    session.terminate()


def lost_standby(port, standby_port):
    """The standby's connection ends between two statements of a transaction that has only read."""
    session = prepare(port)
    session.query("begin")
    session.goes("select 1", STANDBY)
    session.query("savepoint a")
    session.query("set local work_mem = '15MB'")
    killer = Session(port)
    killer.settle()
    standby = Connection(standby_port)
    standby.query("select pg_terminate_backend(pid) from pg_stat_activity "
                  "where pid <> pg_backend_pid() and backend_type = 'client backend' "
                  "and application_name <> 'trunkline sr_check'")
    standby.terminate()
    time.sleep(0.2)
    check(session.value("show work_mem") == "15MB")
    session.query("insert into homes values (40, 'x')")
    session.query("rollback to a")
    check(session.value("show work_mem") == "4MB")
    check(session.value("select count(*) from homes") == "10")
    session.query("commit")
    session.terminate()


def refused(port):
    """A standby cannot serve it: the transaction goes on on the primary."""
    session = prepare(port)
    session.query("drop table if exists homes_unlogged; create unlogged table homes_unlogged (a int)")
    session.query("insert into homes_unlogged values (1)")
    session.settle()
    time.sleep(0.2)
    check(session.value("select count(*) from homes_unlogged") == "1")
    session.query("begin")
    session.goes("select 1", STANDBY)
    check(session.value("select count(*) from homes_unlogged") == "1")
    session.query("insert into homes values (50, 'x')")
    session.query("commit")
    session.settle()
    session.query("begin read only")
    session.goes("select 1", STANDBY)
    check(session.value("select count(*) from homes_unlogged") == "1")
    session.query("commit")
    session.query("drop table homes_unlogged")
    session.terminate()


def several(port):
    session = prepare(port)
    session.goes("select 1; select 2", STANDBY)
    session.goes("begin; select 1", STANDBY)
    session.goes("select 2; commit", STANDBY)
    session.goes("select 1; update homes set b = 'q'", PRIMARY)
    session.settle()
    session.goes("begin; update homes set b = 'r'; commit", PRIMARY)
    session.settle()
    session.goes("set work_mem = '16MB'; set timezone = 'UTC'", PRIMARY)
    session.goes("show work_mem", STANDBY)
    check(session.rows == [["16MB"]])
    session.goes("set work_mem = '17MB'; select 1 / 0", PRIMARY, error="22012")
    check(session.value("show work_mem") == "16MB")
    # Sent ahead without waiting.
    session.send(b"".join(
        message(b"Q", text(sql)) for sql in
        ["begin", "select 1", "insert into homes values (60, 'x')", "select count(*) from homes",
         "rollback", "select count(*) from homes"]))
    rows = [session.drain() for _ in range(6)]
    check(rows[3] == [["11"]] and rows[5] == [["10"]], rows)
    session.terminate()


main({f.__name__: f for f in [
    first_statement, moves, read_only, standby_cannot, functions, others_writes, settings, own_writes,
    pinned, prepared, late_catalog, extended, lost_standby, refused, several]})
