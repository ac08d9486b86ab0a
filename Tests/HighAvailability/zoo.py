"""W4, the session zoo: sessions in every state that a change of the cluster can find them in.

What must become of each is the class table HF-19: kept (its state with it), told that its
transaction is lost (40001), told that nobody knows (08007), or ended because its state was on the
server that is gone (57P01).
"""
import itertools
import socket

import wire
from servers import DATABASE

LOCKS = itertools.count(1)
KEPT, LOST, UNKNOWN, ENDED = "kept", "transaction lost", "outcome unknown", "ended"


class Connection(wire.Connection):
    """Raises a fatal error although no ReadyForQuery follows it."""

    def __init__(self, port, timeout=45):
        super().__init__(port, database=DATABASE, timeout=timeout)

    def drain(self):
        rows, error = [], None
        while True:
            try:
                kind, body = self.receive()
            except wire.Closed:
                if error:
                    raise error
                raise
            if kind == b"D":
                rows.append(wire.row(body))
            elif kind == b"E":
                error = error or wire.ServerError(wire.fields(body))
            elif kind == b"Z":
                if error:
                    raise error
                return rows


class Animal:
    """One session. `expected` is what becomes of it when the primary dies: one or several."""

    def __init__(self, port, name, expected, prepare, go_on):
        self.name, self.expected = name, expected
        self.connection = Connection(port)
        self.go_on = go_on
        prepare(self.connection)

    def fate(self):
        """Goes on, and says what it found."""
        try:
            self.go_on(self.connection)
            return KEPT, ""
        except wire.ServerError as error:
            words = {"40001": LOST, "08007": UNKNOWN, "57P01": ENDED}.get(
                error.sqlstate, f"error {error.sqlstate}")
            if words == LOST:
                try:
                    self.connection.query("ROLLBACK")
                    self.connection.query("INSERT INTO bulk VALUES ('after a lost transaction')")
                except (wire.ServerError, wire.Closed, OSError) as again:
                    return f"useless after {LOST}", str(again)
            return words, str(error)
        except wire.Closed as error:
            return "closed without a word", str(error)
        except socket.timeout:
            return "hung", ""
        except AssertionError as error:
            return "wrong", str(error)
        finally:
            self.connection.handle.close()


def statements(*texts):
    def prepare(connection):
        for text in texts:
            connection.query(text)
    return prepare


def value(sql, wanted):
    def go_on(connection):
        found = connection.value(sql)
        wire.check(found == wanted, sql, "gave", found, "instead of", wanted)
    return go_on


def then(*texts):
    def go_on(connection):
        for text in texts:
            connection.query(text)
    return go_on


def fail_in_transaction(connection):
    connection.query("BEGIN")
    connection.query("INSERT INTO bulk VALUES ('before a failure')")
    try:
        connection.query("SELECT 1/0")
    except wire.ServerError:
        pass


def prepared(connection):
    connection.send(wire.parse("mine", "SELECT $1::int + 1") + wire.SYNC)
    connection.drain()


def execute_prepared(connection):
    connection.send(wire.bind("", "mine", 41) + wire.execute("") + wire.SYNC)
    wire.check(connection.drain() == [["42"]], "the prepared statement gave something else")


def half_batch(connection):
    connection.send(wire.parse("", "INSERT INTO bulk VALUES ('half a batch')")
                    + wire.bind("", "") + wire.execute("") + wire.FLUSH)
    connection.expect("12C")


def finish_batch(connection):
    connection.send(wire.SYNC)
    connection.drain()


def copying(connection):
    connection.send(wire.message(b"Q", wire.text("COPY bulk FROM STDIN")))
    connection.expect("G")
    connection.send(wire.message(b"d", b"a row\n"))


def finish_copy(connection):
    connection.send(wire.message(b"d", b"another\n") + wire.message(b"c"))
    connection.drain()


def all_but_state(connection):
    """The session was bound by a temporary table, and has lost no more than that."""
    wire.check(connection.value("SHOW work_mem") == "7MB", "a setting was lost")
    wire.check(connection.value("EXECUTE z") == "8", "a prepared statement was lost")
    told = any("has lost its state" in notice.get("M", "") for notice in connection.notices)
    is_lost = connection.value("SELECT to_regclass('pg_temp.s') IS NULL") == "t"
    wire.check(told == is_lost, "the session was told of a loss:", told, connection.notices)
    connection.query("INSERT INTO bulk VALUES ('without its state')")


def inhabitants(strict=True):
    """Name, what becomes of it when the primary dies, how it is made, how it goes on."""
    bound = (ENDED,) if strict else (KEPT,)
    return [
        ("plain", (KEPT,), statements("SELECT 1"), then("SELECT 1")),
        ("wrote", (KEPT,), statements("INSERT INTO bulk VALUES ('plain')"),
         then("INSERT INTO bulk VALUES ('plain again')")),
        ("settings", (KEPT,), statements("SET work_mem = '7MB'"), value("SHOW work_mem", "7MB")),
        ("settings, writing", (KEPT,), statements("SET lock_timeout = '17s'",
                                                  "INSERT INTO bulk VALUES ('settings')"),
         value("SHOW lock_timeout", "17s")),
        ("prepared", (KEPT,), prepared, execute_prepared),
        ("prepared by SQL", (KEPT,), statements("PREPARE p AS SELECT 7"), value("EXECUTE p", "7")),
        ("temporary table", bound, statements("CREATE TEMP TABLE t AS SELECT 1 AS a"),
         then("SELECT 1")),
        ("settings beside a temporary table", bound, statements(
            "CREATE TEMP TABLE s (a int)", "SET work_mem = '7MB'", "PREPARE z AS SELECT 8"),
         all_but_state),
        ("held cursor", bound, statements(
            "BEGIN", "DECLARE c CURSOR WITH HOLD FOR SELECT 1", "COMMIT"), then("SELECT 1")),
        ("listening", bound, statements("LISTEN something"), then("SELECT 1")),
        ("advisory lock", bound, statements(f"SELECT pg_advisory_lock({next(LOCKS)})"),
         then("SELECT 1")),
        # What it read may have been on a standby, which goes on.
        ("reading in a transaction", (KEPT, LOST), statements("BEGIN", "SELECT * FROM fixed"),
         then("SELECT 1", "COMMIT")),
        ("writing in a transaction", (LOST,), statements(
            "BEGIN", "INSERT INTO bulk VALUES ('in a transaction')"), then("SELECT 1", "COMMIT")),
        ("behind a savepoint", (LOST,), statements(
            "BEGIN", "INSERT INTO bulk VALUES ('x')", "SAVEPOINT s"), then("RELEASE s", "COMMIT")),
        ("in a failed transaction", (KEPT,), fail_in_transaction,
         then("ROLLBACK", "INSERT INTO bulk VALUES ('after a failure')")),
        ("in a batch", (LOST, UNKNOWN, ENDED), half_batch, finish_batch),
        ("copying", (UNKNOWN, LOST, ENDED), copying, finish_copy),
    ]


class Zoo:
    def __init__(self, port, strict=True, each=2):
        self.animals = [Animal(port, *kind) for _ in range(each) for kind in inhabitants(strict)]

    def judge(self, bed, kept_only=False):
        """Has every session go on and compares its fate (O9)."""
        found = {}
        for animal in self.animals:
            fate, words = animal.fate()
            expected = (KEPT,) if kept_only else animal.expected
            found.setdefault(animal.name, []).append(fate)
            bed.check(fate in expected,
                      f"O9: session \"{animal.name}\": {fate}, wanted {' or '.join(expected)}"
                      + (f" ({words})" if words else ""))
        bed.note(zoo=found)
