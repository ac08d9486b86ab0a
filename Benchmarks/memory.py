"""What an idle client costs in memory, and whether thousands of them hold."""

import time

from accounting import proportional_memory
from cluster import DATABASE, ROLE
from wire import Session
from workloads import Workload

BUSY_CLIENTS = 200
BUSY_SECONDS = 2
SETTLING_SECONDS = 1


def measure(proxy, workload, load):
    """Starts a fresh proxy and logs clients in. `idle` clients run nothing, then stay while
    others are busy; `leased` clients have run one query, so each holds a server connection."""
    proxy.start()
    sessions = []
    try:
        warm(proxy)
        base = proportional_memory(proxy.pid)
        problem = open_sessions(proxy, workload, sessions)
        time.sleep(SETTLING_SECONDS)
        used = proportional_memory(proxy.pid)
        record = dict(
            clients=len(sessions), base_kib=base, pss_kib=used,
            kib_per_client=(used - base) / max(1, len(sessions)))
        if problem:
            record["error"] = f"after {len(sessions)} clients: {problem}"
        elif workload.kind == "idle":
            record.update(hold_while_busy(proxy, sessions, load))
        return record
    finally:
        for session in sessions:
            session.close()
        proxy.stop()


def warm(proxy):
    """First-use costs (libraries, tables, a pooled connection) belong to the base."""
    for _ in range(8):
        with connect(proxy) as session:
            session.query("SELECT 1")
    time.sleep(SETTLING_SECONDS)


def connect(proxy):
    return Session(proxy.port, ROLE, DATABASE, proxy.cluster.password)


def open_sessions(proxy, workload, sessions):
    """Appends to `sessions`; returns what stopped it, or None."""
    try:
        for _ in range(workload.clients):
            sessions.append(connect(proxy))
            if workload.kind == "leased":
                sessions[-1].query("SELECT abalance FROM pgbench_accounts WHERE aid = 1")
    except OSError as error:
        return str(error)
    return None


def hold_while_busy(proxy, sessions, load):
    """Runs others beside the idle ones; then all must still be there, and able to work."""
    busy = load.run_pgbench(proxy, Workload("simple", BUSY_CLIENTS), BUSY_SECONDS)
    if "error" in busy:
        return dict(error=f"{BUSY_CLIENTS} busy clients beside the idle ones: {busy['error']}")
    lost = sum(not session.is_open() for session in sessions)
    if lost:
        return dict(error=f"{lost} of {len(sessions)} idle clients were disconnected")
    try:
        for session in sessions[:: max(1, len(sessions) // 20)]:
            session.query("SELECT 1")
    except OSError as error:
        return dict(error=f"an idle client could not run a query afterwards: {error}")
    return dict(busy_tps=busy["tps"])
