"""Statements that nobody wrote: known ones with something added, removed or put elsewhere.

Each text depends on the seed and its number only, so a failure is found again from both.
"""
import random

import corpora
import walk

# Values that may stand where a number, a string or a column stands.
VALUES = [
    "nextval('s')", "pg_catalog.setval('s', 1)", "f(x)", "s.f(1, 2)", "now()", "CURRENT_TIMESTAMP",
    "current_time(3)", "LOCALTIMESTAMP (2)", "CURRENT_USER", "session_user", "current_schema",
    "(SELECT max(a) FROM z)", "(SELECT a FROM z FOR UPDATE)", "EXISTS (SELECT FROM z)",
    "ARRAY(SELECT f(a) FROM z)", "(TABLE z)", "(VALUES (1))", "ROW(1, f(2))", "(1 IN (TABLE z))",
    "(WITH q AS (DELETE FROM z RETURNING a) SELECT a FROM q)",
    "(WITH q AS (SELECT a FROM z), w AS (SELECT * FROM q) SELECT count(*) FROM w)",
    "(WITH z AS (SELECT a FROM z) SELECT a FROM z)",
    "(WITH RECURSIVE z AS (SELECT 1 AS a UNION ALL SELECT a FROM z) SELECT a FROM z)",
    "CASE WHEN a THEN g(1) ELSE (SELECT b FROM y) END", "CAST(lower('A') AS text)", "a::numeric(10,2)",
    "extract(epoch FROM now())", "substring(a FROM 2 FOR 3)", "trim(both ' ' FROM g(a))",
    "position('x' IN a)", "overlay(a PLACING 'z' FROM 1)", "a IS DISTINCT FROM h(b)",
    "a AT TIME ZONE 'UTC'", "a AT LOCAL", "a LIKE 'x' ESCAPE '!'", "a SIMILAR TO 'x'",
    "a BETWEEN 1 AND f(2)", "a IS NORMALIZED", "normalize(a, NFC)", "COLLATION FOR (a)",
    "(a, b) OVERLAPS (c, d)", "COALESCE(f(1), 2)", "GREATEST(a, NULLIF(b, f(1)))", "GROUPING(a)",
    "count(*) FILTER (WHERE f(a)) OVER (PARTITION BY g(b) ORDER BY c)", "rank() OVER w",
    "percentile_cont(0.5) WITHIN GROUP (ORDER BY f(a))", "array_agg(DISTINCT a ORDER BY f(a))",
    "JSON_OBJECT('a': nextval('s'))", "JSON_ARRAY(f(1), 2)", "JSON_ARRAY(SELECT a FROM z)",
    "JSON_VALUE(j, '$.a' RETURNING int DEFAULT f(1) ON EMPTY)", "JSON_ARRAYAGG(f(a))",
    "JSON_QUERY(j, '$' WITH WRAPPER)", "JSON_OBJECTAGG('a': b)", "j IS JSON WITH UNIQUE KEYS",
    "xmlelement(name foo, xmlattributes(f(a) AS b))", "XMLEXISTS('//a' PASSING f(x))",
    "xmlserialize(content f(a) AS text)", "xmlforest(f(a), b AS c)", "xmlparse(document g(a))",
    "interval '1' day", "timestamp with time zone '2000-01-01'", "date 'today'", "int4 '5'",
    "'t'::regclass", "pg_catalog.int4(5)", "\"nextval\"('s')", "U&\"next\\0076al\"('s')",
    "nextval /* c */ ('s')", "NextVal\n('s')", "a.b.c.d", "(f(1)).x", "(t).*", "a[f(1):2]",
    "a OPERATOR(pg_catalog.+) f(1)", "a + ALL (ARRAY[f(1)])", "a = ANY (SELECT b FROM y)",
    "-f(1)", "@ -3", "a<-f(1)", "5 ---1\n+ 2", "$1", "$2::int", "DEFAULT", "NULL", "pg_notify('a', 'b')",
    "f(VARIADIC a)", "f(a => g(1))", "f(a := 2)", "left('a', 1)", "set_config('a.b', 'c', false)",
    "txid_current()", "pg_advisory_lock(1)", "lo_unlink(5)", "random()", "pg_sleep(0)",
    "MERGE_ACTION()", "row_number() OVER (ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)", "user",
    "TREAT(f(1) AS int)", "(SELECT FROM z LIMIT f(1))", "NOT f(1)", "f(DISTINCT a)", "f(*)",
]

# Things that may stand in a FROM list.
SOURCES = [
    "z", "s.z", "c.s.z", "ONLY z", "ONLY (z)", "z *", "z AS q", "z q (a, b)", '"Z z"', "z, y",
    "(SELECT * FROM z) q", "(SELECT * FROM z FOR UPDATE) q", "LATERAL (SELECT f(1)) q", "f(1) q",
    "LATERAL f(1) AS q (a int)", "ROWS FROM (f(1), g(2) AS (a int)) WITH ORDINALITY q",
    "(z CROSS JOIN y)", "(z NATURAL JOIN y) q", "z JOIN y USING (a) AS j", "z LEFT JOIN y ON f(1)",
    "z TABLESAMPLE system (f(1)) REPEATABLE (2)", "(VALUES (1, f(2))) v (a, b)", "(TABLE z) q",
    "JSON_TABLE(f(1), '$[*]' COLUMNS (a int PATH '$' DEFAULT nextval('s') ON EMPTY)) q",
    "JSON_TABLE((SELECT j FROM z), '$' COLUMNS (i FOR ORDINALITY, NESTED '$.b' COLUMNS (b int))) q",
    "XMLTABLE('/r' PASSING (SELECT f(x) FROM z) COLUMNS a int PATH 'a' DEFAULT g(1)) q",
    "(WITH q AS (DELETE FROM z RETURNING *) SELECT * FROM q) q", "generate_series(1, f(2)) g (i)",
    "(WITH q AS (TABLE y) SELECT * FROM q JOIN z ON true) q", "current_date", "CURRENT_USER u",
    "unnest(ARRAY[1], f(2)) q (a, b)", "((SELECT 1 FROM z) UNION (SELECT 2 FROM y)) q",
    "information_schema.tables", "pg_class", "update", "values", "set", '"select"', "z select_",
    "z FULL JOIN (y JOIN x ON true) ON true", "CAST(f(1) AS int) q", "COALESCE(f(1)) q",
]

TAILS = [
    " FOR UPDATE", " FOR NO KEY UPDATE OF t NOWAIT", " FOR SHARE SKIP LOCKED", " FOR KEY SHARE",
    " FOR READ ONLY", " LIMIT f(1)", " OFFSET 2 FETCH FIRST 3 ROWS WITH TIES", " LIMIT ALL",
    " FETCH FIRST (SELECT a FROM z) ROWS ONLY", " UNION SELECT f(1) FROM z", " EXCEPT ALL TABLE z",
    " INTERSECT (SELECT 1 FROM z FOR UPDATE)", " ORDER BY f(1) USING <", " GROUP BY f(1), ROLLUP (a)",
    " GROUP BY GROUPING SETS ((a), (f(1)), ())", " HAVING f(1)", " WINDOW w AS (ORDER BY f(1))",
    " RETURNING f(1)", " RETURNING *", " WHERE f(1)", " WHERE CURRENT OF c", " UNION VALUES (g(1))",
    " ON CONFLICT DO NOTHING", " ON CONFLICT (a) WHERE f(1) DO UPDATE SET a = (SELECT b FROM z)",
    " WITH TIES", " WITH NO DATA", " WITH CHECK OPTION", " INTO z", " INTO TEMP z", " AS x", " FROM z",
    " RETURNING WITH (OLD AS o) o.a", " USING z", " SET a = f(1)", " WHEN MATCHED THEN DELETE",
    " UNION (WITH q AS (SELECT * FROM z) SELECT * FROM q)", " DEFAULT VALUES", " ESCAPE '!'",
]

# `%s` is a whole statement.
FRAMES = [
    "SELECT * FROM (%s) q", "SELECT (%s)", "SELECT EXISTS (%s)", "SELECT ARRAY(%s)", "(%s)", "((%s))",
    "WITH q AS (%s) SELECT * FROM q", "WITH q AS MATERIALIZED (%s) SELECT * FROM q, z",
    "WITH RECURSIVE q AS (%s), w AS (TABLE q) SELECT * FROM w", "WITH t AS (%s) SELECT * FROM t",
    "WITH q AS (%s) INSERT INTO q SELECT * FROM q", "WITH q AS (%s) DELETE FROM z USING q",
    "WITH q AS (%s) UPDATE z SET a = 1 FROM q", "WITH q (a) AS NOT MATERIALIZED (%s) TABLE q",
    "WITH q AS (SELECT 1), w AS (%s) SELECT * FROM q JOIN w ON true", "EXPLAIN %s", "EXPLAIN VERBOSE %s",
    "EXPLAIN ANALYZE %s", "EXPLAIN (ANALYZE false) %s", "EXPLAIN (COSTS off, ANALYZE) %s",
    "EXPLAIN (ANALYZE off, ANALYZE on) %s", "EXPLAIN (ANALYZE, ANALYZE 0) %s", "EXPLAIN ANALYSE VERBOSE %s",
    "EXPLAIN (FORMAT json, BUFFERS) %s", "EXPLAIN (ANALYZE 'false') %s", "COPY (%s) TO STDOUT",
    "COPY (%s) TO STDOUT (FORMAT csv, HEADER)", "COPY (%s) TO '/f'", "PREPARE p AS %s",
    "PREPARE p (int, numeric(10,2)) AS %s", "DECLARE c CURSOR FOR %s",
    "DECLARE c NO SCROLL CURSOR WITH HOLD FOR %s", "CREATE TABLE z AS %s",
    "CREATE TEMP TABLE z (a, b) ON COMMIT DROP AS %s", "CREATE VIEW z AS %s",
    "CREATE MATERIALIZED VIEW z AS %s WITH NO DATA", "INSERT INTO z %s", "INSERT INTO z (a, b) %s",
    "INSERT INTO z WITH q AS (%s) SELECT * FROM q", "EXPLAIN CREATE TABLE z AS %s",
    "MERGE INTO z USING (%s) q ON true WHEN MATCHED THEN DO NOTHING", "SELECT 1 UNION ALL %s",
    "UPDATE z SET (a, b) = (%s)", "DELETE FROM z WHERE a IN (%s)", "SELECT 1 WHERE (%s) IS NULL",
    "CREATE RULE r AS ON INSERT TO z DO ALSO (%s; DELETE FROM y)", "EXPLAIN EXPLAIN %s",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC %s; SELECT CASE WHEN true THEN 1 END; END",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $f$ %s $f$", "DO $$ BEGIN %s; END $$",
    "/* c */ %s", "-- c\n%s", "%s -- c", "%s /* c; */", "/*NO LOAD BALANCE*/ %s", "%s;", " ;; %s",
    "CREATE SCHEMA s CREATE VIEW v AS %s", "CREATE FUNCTION f() RETURNS int RETURN (%s)",
]

# Statements without parts; they follow or lead others in one message.
SHORT = [
    "BEGIN", "COMMIT", "ROLLBACK", "END", "ABORT", "SAVEPOINT a", "ROLLBACK TO a", "RELEASE a",
    "BEGIN READ ONLY", "START TRANSACTION ISOLATION LEVEL REPEATABLE READ", "COMMIT AND CHAIN",
    "PREPARE TRANSACTION 'x'", "COMMIT PREPARED 'x'", "SET a.b = 'c;d'", "SET LOCAL work_mem = 1",
    "RESET ALL", "SHOW ALL", "DISCARD ALL", "LISTEN c", "NOTIFY c, 'x;y'", "FETCH 1 FROM c", "CLOSE c",
    "EXECUTE p", "EXECUTE p (f(1), now())", "DEALLOCATE p", "LOCK TABLE z, y IN SHARE MODE", "",
    "TRUNCATE z, ONLY y CASCADE", "VACUUM z", "ANALYZE z (a)", "CALL p(1, f(2))", "DROP TABLE z, s.y",
    "SELECT 1", "TABLE z", "VALUES (1), (2)", "SELECT * FROM z", "DELETE FROM z", "SELECT nextval('s')",
    "SELECT ';' || $$;$$ || E'\\';' || \";\" FROM z", "UPDATE z SET a = a + 1", "SELECT", "DO ''",
    "INSERT INTO z VALUES (1)", "SET TRANSACTION READ ONLY", "REFRESH MATERIALIZED VIEW z", "CHECKPOINT",
    "CREATE TABLE z (a int DEFAULT f(1), CHECK (g(a)))", "ALTER TABLE z ADD b int DEFAULT f(1)",
    "CREATE INDEX ON z (lower(a)) WHERE f(b)", "GRANT SELECT ON z TO r", "SET CONSTRAINTS ALL DEFERRED",
    "COPY z FROM STDIN", "COPY z (a) TO STDOUT", "CREATE VIEW v AS SELECT * FROM z", "SELEC 1",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; DELETE FROM z; END",
]

BLANKS = [" ", "  ", "\n", "\t", "\r\n", "\f", "\v", " /* c */ ", "/**/", " -- c\n", " --\r", "/* ' */",
          " /* /* ; */ $$ */ ", " --'\n", "/*+ hint */", "\n\n-- \" ;\n"]

STRINGS = ["'it''s;'", "'a\\'", "E'\\';'", "e'\\\\'", "$$;'$$", "$x$ $$ ; $x$", "U&'\\0441;'", "N'n'",
           "'a'\n';b'", "'a' -- c\n '; b'", "U&'!0441' UESCAPE '!'", "B'10'", "X'1F'", "''", "'é;'",
           "E'\\x27'", "$é$;$é$", "E'a'\n'\\';'"]

WORDS = ["\"a;b\"", "\"a\"\"b\"", "U&\"d\\0061ta\"", "update", "set", "delete", "into_", "begin", "commit",
         "values", "copy", "a$b$c", "é", "\"FOR UPDATE\"", "insert", "no", "of", "only", "temp", "share",
         "select", "from", "with", "where", "for", "analyze", "lateral", "x" * 70, "_", "materialized",
         "recursive", "table", "user", "returning", "as", "on", "using", "join", "not", "locked", "order",
         "cross", "left", "in", "between", "is", "any", "atomic", "end", "case", "when", "then", "else"]

LOOSE = ["(", ")", ",", ";", ".", "[", "]", "'", '"', "$$", "::", "*", ":=", "=>", "--", "/*", "*/", "$1",
         "@", "<", "-", "\\", "1", "1.5e3", "0x1F", "1_000", ".5", "5.", ":", "?", "\x01", "\u00a0"]

QUERIES = {"select", "with", "insert", "update", "delete", "merge", "values", "table", "explain", "copy",
           "declare", "prepare", "("}

KEYWORDS = set("""
    all and any array as asc between both by case cast check collate copy create cross cursor declare
    default delete desc distinct do drop else end except exists explain false fetch first following for
    from full function grant group having ilike in index inner insert intersect into is isnull join
    lateral leading left like limit locked materialized merge natural not null nulls offset on only or
    order outer over overlaps partition placing preceding primary procedure range references returning
    returns right row rows select session set show similar some symmetric table then to trailing true
    truncate union unique update using values variadic view when where window with without
    """.split())


class Mutator:
    """Makes the texts of one seed from a pool of known statements."""

    QUERIES_MAX, OTHERS_MAX = 5_000, 1_500
    LENGTH_MAX = 900
    ATTEMPTS_MAX = 8

    def __init__(self, seed):
        self.seed = seed
        known = [row["sql"] for row in corpora.table()] + SHORT
        written = [text for text in corpora.regression() if len(text) <= self.LENGTH_MAX]
        queries = [text for text in written if text.split(None, 1)[0].lower() in QUERIES]
        others = [text for text in written if text.split(None, 1)[0].lower() not in QUERIES]
        draw = random.Random(seed)
        sample = draw.sample(queries, min(self.QUERIES_MAX, len(queries)))
        sample += draw.sample(others, min(self.OTHERS_MAX, len(others)))
        # The project's own rows are few and rich.
        self.pool = [self.tokens(text) for text in known * 6 + sample]

    @staticmethod
    def tokens(text):
        return [match.group() for match in corpora.TOKEN.finditer(text.rstrip("; \n"))]

    def text(self, number):
        """Four of five texts are such that PostgreSQL's parser accepts them, if one is found."""
        draw = random.Random(self.seed * 1_000_003 + number)
        for _ in range(self.ATTEMPTS_MAX if number % 5 else 1):
            result = self.message(draw)
            if walk.is_accepted(result):
                break
        return result

    def message(self, draw):
        result = self.one(draw)
        while draw.random() < 0.25 and len(result) < 4_000:
            other = draw.choice(SHORT) if draw.random() < 0.5 else self.one(draw)
            pair = [result, other] if draw.random() < 0.6 else [other, result]
            result = draw.choice([";", "; ", " ;\n", ";;", "; -- c\n", "/* c */;/* ; */"]).join(pair)
        return result

    def one(self, draw):
        tokens = list(draw.choice(self.pool))
        for _ in range(draw.choice([0, 1, 1, 1, 2, 2, 3, 5])):
            draw.choice(self.MUTATIONS)(self, draw, tokens)
        result = "".join(tokens)
        while draw.random() < 0.3 and len(result) < 3_000:
            result = draw.choice(FRAMES).replace("%s", result)
        return result

    # Likely to stay a statement.

    def value(self, draw, tokens):
        """A number, string or name becomes another value."""
        self.exchange(draw, tokens, VALUES, lambda t: t[0].isalnum() or t[0] in "'\"_")

    def source(self, draw, tokens):
        """What follows FROM, JOIN or USING becomes another source."""
        places = [i + 2 for i, t in enumerate(tokens[:-2])
                  if t.lower() in ("from", "join", "using") and tokens[i + 1].isspace()]
        if places:
            tokens[draw.choice(places)] = draw.choice(SOURCES)

    def tail(self, draw, tokens):
        """A clause at the end, or before a closing parenthesis."""
        closers = [i for i, t in enumerate(tokens) if t == ")"]
        at = draw.choice(closers) if closers and draw.random() < 0.4 else len(tokens)
        tokens.insert(at, draw.choice(TAILS))

    def blank(self, draw, tokens):
        self.exchange(draw, tokens, BLANKS, str.isspace)

    def string(self, draw, tokens):
        self.exchange(draw, tokens, STRINGS, lambda t: t[0] in "'0123456789")

    def word(self, draw, tokens):
        """A name becomes an odd one."""
        self.exchange(draw, tokens, WORDS, lambda t: t[0].isalpha() and t.lower() not in KEYWORDS)

    def case(self, draw, tokens):
        if tokens:
            at = draw.randrange(len(tokens))
            if tokens[at].isalpha():
                tokens[at] = draw.choice([str.upper, str.lower, str.swapcase])(tokens[at])

    # Likely to break it.

    def delete(self, draw, tokens):
        if tokens:
            at = draw.randrange(len(tokens))
            del tokens[at:at + draw.choice([1, 1, 2, 3, 6])]

    def swap(self, draw, tokens):
        if len(tokens) > 1:
            a, b = draw.randrange(len(tokens)), draw.randrange(len(tokens))
            tokens[a], tokens[b] = tokens[b], tokens[a]

    def double(self, draw, tokens):
        if tokens:
            at = draw.randrange(len(tokens))
            tokens[at:at] = tokens[at:at + draw.choice([1, 2, 4])] + [" "]

    def insert(self, draw, tokens):
        what = draw.choice([VALUES, SOURCES, TAILS, BLANKS, STRINGS, WORDS, LOOSE, SHORT])
        tokens.insert(draw.randrange(len(tokens) + 1), " %s " % draw.choice(what))

    def splice(self, draw, tokens):
        """The beginning of one and the end of another."""
        other = draw.choice(self.pool)
        at = draw.randrange(len(tokens) + 1)
        tokens[at:] = other[draw.randrange(len(other) + 1) if other else 0:]

    def exchange(self, draw, tokens, others, fits):
        places = [i for i, t in enumerate(tokens) if fits(t) and t.lower() not in KEYWORDS]
        if places:
            tokens[draw.choice(places)] = draw.choice(others)

    MUTATIONS = [value, value, value, source, source, source, tail, tail, blank, string, word, case,
                 delete, swap, double, insert, splice]
