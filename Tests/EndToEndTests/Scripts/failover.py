"""Sessions that live through a node's death. Files in a folder say when to go on."""
import os
import time

from wire import *


def wait_for(path):
    deadline = time.monotonic() + 60
    while not os.path.exists(path):
        check(time.monotonic() < deadline, "nobody made", path)
        time.sleep(0.02)


def touch(path):
    open(path, "w").close()


def between_statements(port, folder, count):
    """`count` sessions read, wait while a node dies, and read on: none may notice."""
    sessions = [Connection(port) for _ in range(count)]
    for session in sessions:
        for _ in range(3):
            session.query("select count(*) from pgbench_branches")
    touch(folder + "/ready")
    wait_for(folder + "/go")
    lost = []
    for number, session in enumerate(sessions):
        try:
            for _ in range(3):
                session.query("select count(*) from pgbench_branches")
        except (ServerError, Closed) as error:
            lost.append("%d: %s" % (number, error))
    check(not lost, len(lost), "of", count, "sessions noticed:", *lost[:3])


def on_primary(port, folder):
    """A session that wrote stays on the primary and never feels a standby that hangs."""
    session = Connection(port, timeout=5)
    session.query("create temp table mine (a int)")
    touch(folder + "/ready")
    wait_for(folder + "/go")
    for number in range(50):
        session.query("insert into mine values (%d)" % number)
        check(session.value("select count(*) from mine") == str(number + 1))
    session.terminate()


def writes_again(port, seconds):
    """New sessions can write within `seconds`; prints how long it took."""
    start = time.monotonic()
    while True:
        try:
            session = Connection(port, timeout=5)
            session.query("insert into survivors values (1)")
            session.terminate()
            return "%.1f s" % (time.monotonic() - start)
        except (ServerError, Closed, OSError) as error:
            check(time.monotonic() - start < seconds, "still no writes:", error)
            time.sleep(0.2)


main({f.__name__: f for f in [between_statements, on_primary, writes_again]})
