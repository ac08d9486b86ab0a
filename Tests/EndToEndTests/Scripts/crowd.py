"""Many logged-in clients that do nothing, while others work."""
import resource
import struct
import time

from wire import *


def raise_limit(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + 200
    check(hard == resource.RLIM_INFINITY or hard >= wanted, "only", hard, "descriptors allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def resident(pid, what):
    for line in open("/proc/%d/%s" % (pid, "smaps_rollup" if what == "Pss:" else "status")):
        if line.startswith(what):
            return int(line.split()[1]) * 1024


def crowd(port, proxy, server, idle, busy, rounds=5):
    """`idle` clients log in and stay; `busy` others then run `rounds` transactions each.

    `server` is the primary's own port, asked how many connections it sees.

    Prints the memory per idle client in bytes.
    """
    raise_limit(idle + busy)
    # The first logins pay for what is made once: caches, arenas, a server connection.
    warm = [Connection(port) for _ in range(20)]
    before = resident(proxy, "Pss:")
    sessions = [Connection(port) for _ in range(idle)]
    after = resident(proxy, "Pss:")
    direct = Connection(server)
    held = int(direct.value("select count(*) from pg_stat_activity where datname = 'e2e'")) - 1
    check(held <= 30, idle, "clients that ran nothing hold", held, "server connections")
    direct.terminate()

    workers = [Connection(port) for _ in range(busy)]
    for number in range(rounds):
        for worker in workers:
            worker.send(message(b"Q", text("select %d + 1" % number)))
        for worker in workers:
            check(worker.drain() == [[str(number + 1)]])

    # The idle ones were not forgotten.
    for session in sessions[:: max(1, idle // 50)]:
        check(session.value("select 'awake'") == "awake")
    print("bytes per idle client: %d" % ((after - before) // idle))
    for session in sessions + workers + warm:
        session.abandon()


def once(port, proxy, count):
    """`count` clients run one query each and then stay."""
    raise_limit(count)
    warm = Connection(port)
    warm.query("select 1")
    before = resident(proxy, "Pss:")
    sessions = []
    for _ in range(count):
        session = Connection(port)
        check(session.value("select 1") == "1")
        sessions.append(session)
    time.sleep(0.2)
    print("bytes per client after one query: %d" % ((resident(proxy, "Pss:") - before) // count))
    for session in sessions + [warm]:
        session.terminate()


main({"crowd": crowd, "once": once})
