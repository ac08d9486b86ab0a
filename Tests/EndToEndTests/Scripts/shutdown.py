"""What clients see when the proxy stops."""
import os
import signal
import time

from wire import *


def smart(port, pid):
    """Smart: those inside finish in peace, nobody new comes in."""
    session = Connection(port)
    session.query("begin")
    os.kill(pid, signal.SIGTERM)
    time.sleep(0.5)
    check(session.value("select 7") == "7")
    session.query("commit")
    try:
        Connection(port, timeout=3).terminate()
        check(False, "a new client was let in")
    except ServerError as error:
        check(error.sqlstate == "57P03", error)
    except (Closed, OSError):
        pass
    check(session.value("select 8") == "8")
    session.terminate()


def fast(port, pid):
    """Fast: everybody is told and sent away at once, in the middle of a statement too."""
    idle, busy = Connection(port), Connection(port)
    busy.send(message(b"Q", text("select pg_sleep(30)")))
    time.sleep(0.3)
    start = time.monotonic()
    os.kill(pid, signal.SIGINT)
    for session in (idle, busy):
        try:
            kind, body = session.receive()
            check(kind == b"E" and fields(body)["C"] == "57P01", kind, body)
            session.read(1)
            check(False, "still open")
        except Closed:
            pass
    check(time.monotonic() - start < 5, "took", time.monotonic() - start)


main({f.__name__: f for f in [smart, fast]})
