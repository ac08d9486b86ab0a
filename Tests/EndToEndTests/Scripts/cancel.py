"""A cancel reaches the statement that runs for its client, and nothing else."""
import threading
import time

from wire import *


def cancelled(session):
    try:
        session.drain()
    except ServerError as error:
        check(error.sqlstate == "57014", error)
        return True
    return False


def right_session(port):
    """Of many sleeping sessions exactly the cancelled one wakes, before the others do."""
    sessions = [Connection(port) for _ in range(12)]
    check(len({(s.pid, s.secret) for s in sessions}) == 12, "two clients share a cancel key")
    for session in sessions:
        session.send(message(b"Q", text("select pg_sleep(6)")))
    sessions[7].cancel_until_heard()
    check(cancelled(sessions[7]), "not cancelled")
    awake = [number for number, session in enumerate(sessions) if session.is_answered(0)]
    check(awake == [], "sessions", awake, "were awake before")
    for number, session in enumerate(sessions):
        if number != 7:
            check(not cancelled(session), "session", number, "was hit")
    check(sessions[7].value("select 1") == "1")
    for session in sessions:
        session.terminate()


def wrong_keys(port):
    """Wrong secrets and pids cancel nothing."""
    session = Connection(port)
    session.send(message(b"Q", text("select pg_sleep(1.5)")))
    time.sleep(0.2)
    pid, secret = session.pid, session.secret
    for session.pid, session.secret in [
        (pid, bytes(len(secret))), (pid, secret[:-1]), (pid + 1, secret), (0, secret),
        (pid, secret + b"\0"), (pid, b""), (pid, bytes([secret[0] ^ 1]) + secret[1:])]:
        session.cancel(malformed=len(session.secret) != len(secret))
    check(not cancelled(session), "a wrong key cancelled the statement")
    session.terminate()


def late(port, rounds):
    """A cancel that comes when its statement is over, or its client gone, hits nobody else."""
    hit = 0
    for number in range(rounds):
        first = Connection(port)
        first.send(message(b"Q", text("select 1")))
        racer = threading.Thread(target=first.cancel)
        racer.start()
        cancelled(first)
        first.terminate()
        after = Connection(port)
        # Short, so that the late cancel has its chance and the test its speed.
        try:
            after.query("select pg_sleep(0.02)")
            after.query("select pg_sleep(0.02)")
        except ServerError:
            hit += 1
        racer.join()
        first.cancel()
        try:
            after.query("select pg_sleep(0.02)")
        except ServerError:
            hit += 1
        after.terminate()
    check(hit == 0, hit, "of", rounds, "next clients were hit")


def between_statements(port):
    """A cancel between two statements of its own client does nothing, as in PostgreSQL."""
    session = Connection(port)
    session.query("select 1")
    session.cancel()
    time.sleep(0.2)
    check(session.value("select 2") == "2")
    session.send(message(b"Q", text("begin")))
    session.drain()
    session.send(message(b"Q", text("select pg_sleep(10)")))
    session.cancel_until_heard()
    check(cancelled(session) and session.status == b"E")
    session.query("rollback")
    session.terminate()


main({f.__name__: f for f in [right_session, wrong_keys, late, between_statements]})
