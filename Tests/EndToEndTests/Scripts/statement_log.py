"""Sessions whose lines the test looks for in the proxy's log."""
import socket
import struct
import time

from wire import *

NAME = "e2e-log"
BACKEND_PID_FUNCTION = 2026


def notices(session):
    return [n["M"] for n in session.notices]


def messages(port):
    """One of each message that a client can send; returns the pid of its server process."""
    session = Connection(port, application_name=NAME)
    pid = session.value("select pg_backend_pid()")
    session.query("create temp table logged (a int)")
    session.send(parse("S1", "select 42") + describe(b"S", "S1") + FLUSH)
    session.expect("1tT")
    session.send(bind("P1", "S1") + describe(b"P", "P1") + execute("P1")
                 + message(b"C", b"P" + text("P1")) + message(b"C", b"S" + text("S1")) + SYNC)
    check(session.drain() == [["42"]], "the answer to the prepared statement")
    session.send(message(b"Q", text("copy logged from stdin")))
    session.expect("G")
    session.send(b"".join(message(b"d", b"%d\n" % n) for n in range(3)) + message(b"c"))
    session.drain()
    session.send(message(b"Q", text("copy logged from stdin")))
    session.expect("G")
    session.send(message(b"d", b"1\n") + message(b"f", text("enough")))
    try:
        session.drain()
        raise AssertionError("the COPY did not fail")
    except ServerError as error:
        check(error.sqlstate == "57014", error)
    session.send(message(b"F", struct.pack("!IHHH", BACKEND_PID_FUNCTION, 0, 0, 0)))
    session.expect("VZ")
    session.cancel()
    time.sleep(0.3)
    session.terminate()
    return "%s %d" % (pid, session.pid)


def told(port):
    """The client is told of each message that a node gets."""
    session = Connection(port, application_name=NAME)
    session.query("create temp table told (a int)")
    session.extended("select $1", "never shown")
    check(notices(session) == [
        "DB node id: 0 statement: create temp table told (a int)",
        "DB node id: 0 statement: Parse: select $1",
        "DB node id: 0 statement: Bind: select $1",
        "DB node id: 0 statement: Execute: select $1",
        "DB node id: 0 statement: S message",
    ], session.notices)
    session.terminate()


def told_between_rows(port):
    """A notice never gets into the middle of a row that is on its way."""
    session = Connection(port, application_name=NAME)
    session.query("create temp table pinned (a int)")
    rounds = 20
    for _ in range(rounds):
        session.send(message(b"Q", text("select repeat('x', 3000000)")))
        time.sleep(0.02)
        session.send(message(b"Q", text("select 1")))
    for _ in range(rounds):
        rows = session.drain()
        check(len(rows) == 1 and rows[0][0] == "x" * 3000000, "the long row is broken")
        check(session.drain() == [["1"]], "the short row is broken")
    check(session.value("select 2") == "2")
    check(len(notices(session)) == 2 * rounds + 2, len(notices(session)), "notices")
    session.terminate()


def repeated(port):
    """Reads of a table that the standby has not got yet."""
    session = Connection(port, application_name=NAME)
    check(session.value("select count(*) from fresh") == "0")
    check(session.extended("select count(*) from fresh") == [["0"]])
    session.terminate()


def come_and_go(port):
    """Returns the name that the resolver has for the client."""
    Connection(port, application_name=NAME).terminate()
    try:
        return socket.gethostbyaddr("127.0.0.1")[0]
    except OSError:
        return "127.0.0.1"


if __name__ == "__main__":
    main({f.__name__: f for f in (messages, told, told_between_rows, repeated, come_and_go)})
