"""num_init_children, its queue, and reserved_connections."""
import select
import time

from wire import *


def waits(session, seconds=0.5):
    return not select.select([session.handle], [], [], seconds)[0]


def queue(port, limit):
    """The session after the last one waits, and waiters are served in their order."""
    inside = [Connection(port) for _ in range(limit)]
    waiters = []
    for _ in range(5):
        waiter = Connection(port, login=False, timeout=30)
        waiter.send(startup(user="postgres", database="e2e"))
        check(waits(waiter, 0.3), "a session over the limit was let in")
        waiters.append(waiter)
    # One that gives up in the queue must not keep its place.
    waiters.pop(2).abandon()
    time.sleep(0.3)
    while waiters:
        inside.pop(0).terminate()
        first = waiters.pop(0)
        first.finish_login()
        check(first.value("select 1") == "1")
        check(all(waits(w, 0.2) for w in waiters), "a later waiter came first")
        inside.append(first)
    for session in inside:
        check(session.value("select 1") == "1")
        session.terminate()


def reserved(port, limit):
    """With reserved_connections the session over the limit is refused and told so."""
    inside = [Connection(port) for _ in range(limit)]
    for _ in range(3):
        try:
            Connection(port)
            check(False, "a session over the limit was let in")
        except ServerError as error:
            check(error.sqlstate == "53300", error)
            check(error.fields["S"] == "FATAL", error.fields)
    # Cancels need no place.
    inside[0].send(message(b"Q", text("select pg_sleep(20)")))
    inside[0].cancel_until_heard()
    try:
        inside[0].drain()
        check(False, "not cancelled")
    except ServerError as error:
        check(error.sqlstate == "57014", error)
    inside.pop().terminate()
    deadline = time.monotonic() + 10
    while True:
        try:
            inside.append(Connection(port))
            break
        except ServerError as error:
            check(error.sqlstate == "53300" and time.monotonic() < deadline, error)
            time.sleep(0.05)
    for session in inside:
        session.terminate()


def idle_limit(port):
    """client_idle_limit = 1 ends an idle client with 57P05 or 57000, and not a computing one."""
    session = Connection(port)
    session.query("select pg_sleep(2.5)")
    session.extended("select pg_sleep($1)", "2.5")
    kind, body = session.receive()
    check(kind == b"E" and fields(body)["C"] in ("57000", "57P05"), kind, body)
    try:
        session.read(1)
        check(False, "still open")
    except Closed:
        pass


def login_timeout(port, seconds):
    """authentication_timeout ends a client that connects and says nothing, or half of it."""
    silent, halfway = dial(port, 30), dial(port, 30)
    halfway.sendall(startup(user="postgres", database="e2e")[:12])
    start = time.monotonic()
    for handle in (silent, halfway):
        while True:
            try:
                if not handle.recv(4096):
                    break
            except ConnectionError:
                break
    took = time.monotonic() - start
    check(seconds * 0.5 <= took <= seconds + 8, "closed after", took, "s")


main({f.__name__: f for f in [queue, reserved, idle_limit, login_timeout]})
