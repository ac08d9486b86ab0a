"""The results as Markdown: for the terminal, and as Documentation/benchmarks.md."""

import os
import platform
import re
import textwrap

from budgets import OURS, judge
from results import total_cpu

PEERS = ("pgbouncer", "pgpool")
HEADINGS = {
    "simple": "pgbench -S, simple protocol", "extended": "pgbench -S, extended protocol",
    "prepared": "pgbench -S, prepared statements", "churn": "a login per transaction (pgbench -C)",
    "big": "large results (5 MB each)", "copyout": "COPY to the client (5 MB each)",
    "copyin": "COPY from the client (5 MB each)", "idle": "idle, logged in, ran nothing",
    "leased": "idle after one query",
}

HOW = """\
Every target runs on one machine against the same pair of PostgreSQL servers, a primary and a
streaming standby (`fsync = off`, pgbench scale {scale}), everything over TCP on the loopback.
Trunkline and Pgpool-II read from both, with weight 1 each and load balancing on; PgBouncer pools
sessions and sends all of them to the primary, because it cannot split. Clients authenticate with
{authentication} everywhere. Trunkline runs with default logging and metrics, once with its
default number of workers (`trunkline`) and once with `worker_threads = 1` (`trunkline-1`);
Pgpool-II has 64 children, and its query cache is off; PgBouncer's log of connections is off.
`direct` is pgbench on the primary without a proxy. The CPU time is that of the proxy's whole
process tree from `/proc` (user and system), divided by the transactions that pgbench counted.
Rounds are short ({seconds:g} s each, {rounds} per workload), the targets take turns within each
round, and odd rounds go through them backwards. A ratio is the median of the ratios within the
same round; in brackets are the smallest and the largest. Memory is the growth of the proportional
set size (PSS) of a freshly started process tree, after a warm-up, divided by the number of idle
clients; buffers that the kernel keeps for sockets are not in it. Pgpool-II has a process for each
client, so idle clients by the thousand are not asked of it.

pgbench, the servers and the proxy share the machine's cores, so transactions per second say how
the whole machine did and CPU per transaction says what the proxy costs: compare the latter.
Absolute numbers drift by tens of per cent between quarters of an hour on shared machines, most of
all with one client; ratios within a round move far less, and the brackets show by how much: do
not read more into a ratio than they allow. Sums of user and system time are exact where the
kernel keeps them per thread in nanoseconds, but the split between the two is sampled, so a user
part well below a microsecond means "about nothing". The logins of a run's own clients are counted
too: one to two per cent with 32 clients and `trust`, much more where a proxy computes SCRAM
afresh for each. One machine, one kernel and the loopback are one point: run `make bench` on your
own before you rely on a number.
"""


def render(results, facts):
    """The document. `facts`: date, versions (list), seconds, rounds, scale, authentication."""
    parts = [
        "# Benchmarks",
        "",
        "Written by `make bench`; do not edit by hand.",
        "",
        *(f"- {fact}" for fact in headline(facts)),
        "",
        *budget_table(results),
        "",
        "## How it is measured, and how far to trust it",
        "",
        *paragraphs(HOW.format(**facts)),
        "",
        *placement_table(results),
        *statement_tables(results),
        *bulk_tables(results),
        *memory_table(results),
        *problems(results),
    ]
    return "\n".join(parts).rstrip() + "\n"


def paragraphs(text):
    wrapped = [textwrap.fill(p, width=98, break_on_hyphens=False) for p in text.split("\n\n")]
    return "\n\n".join(wrapped).splitlines()


def headline(facts):
    return [f"Date: {facts['date']}", f"Machine: {machine()}", *facts["versions"]]


def machine():
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    kernel = re.match(r"[\d.]*", platform.release())[0]
    return f"{cores} cores, {gib:.0f} GiB memory, Linux {kernel} {platform.machine()}"


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def budget_table(results):
    rows = []
    for verdict in judge(results):
        cells = [verdict.found.get(name, ("-", None))[0] for name in OURS]
        outcome = {True: "met", False: "**not met**", None: "not measured"}[verdict.met]
        rows.append([verdict.what, verdict.budget, *cells, outcome])
    rows.append(["TLS session, idle", "<= 64 KiB", "-", "-", "not measured here"])
    rows.append(["SQL analysis", "<= 0.3 us cached text", "-", "-", "not measured here"])
    header = ["what", "budget", *OURS, "verdict"]
    return ["## Budgets", "", *table(header, rows)]


def placement_table(results):
    if not results.placement:
        return []
    rows = [[name, *map(str, counts)] for name, counts in results.placement.items()]
    return [
        "## Where reads ran", "",
        "Sessions of a warm-up with 32 clients, seen on the servers while it ran.", "",
        *table(["target", "on the primary", "on the standby"], rows), ""]


def statement_tables(results):
    lines = []
    for workload in results.workloads():
        if workload.is_memory or workload.bytes:
            continue
        rows = []
        for target in results.targets(workload):
            rows.append([
                target,
                number(results.median(workload, target, lambda r: r["tps"]), 0),
                number(results.median(workload, target, lambda r: r["latency_ms"]), 3),
                *cpu_cells(results, workload, target, scale=1, digits=1),
            ])
        header = [
            "target", "transactions/s", "latency ms", "user us", "system us", "CPU us",
            "of PgBouncer's CPU", "of Pgpool-II's CPU"]
        lines += [f"## {heading(workload)}", "", *table(header, rows), ""]
    return lines


def bulk_tables(results):
    lines = []
    for workload in results.workloads():
        if not workload.bytes:
            continue
        megabytes = workload.bytes / 1e6
        # Microseconds per transaction to seconds per gigabyte.
        scale = 1e-6 * 1e9 / workload.bytes
        rows = []
        for target in results.targets(workload):
            rate = results.median(workload, target, lambda r: r["tps"])
            rows.append([
                target, number(None if rate is None else rate * megabytes, 0),
                *cpu_cells(results, workload, target, scale=scale, digits=2),
            ])
        header = [
            "target", "MB/s", "user s/GB", "system s/GB", "CPU s/GB", "of PgBouncer's CPU",
            "of Pgpool-II's CPU"]
        lines += [f"## {heading(workload)}", "", *table(header, rows), ""]
    return lines


def memory_table(results):
    rows = []
    for workload in results.workloads():
        if not workload.is_memory:
            continue
        for target in results.targets(workload):
            for record in results.records[workload, target]:
                rows.append([
                    HEADINGS[workload.kind], target, str(record.get("clients", "-")),
                    number(record.get("base_kib"), 0), number(record.get("pss_kib"), 0),
                    number(record.get("kib_per_client"), 2)])
    if not rows:
        return []
    header = ["clients are", "target", "clients", "base KiB", "with clients KiB", "KiB per client"]
    return ["## Memory", "", *table(header, rows), ""]


def problems(results):
    errors = results.errors()
    if not errors:
        return []
    return ["## Runs that failed", "", *(f"- {error}" for error in errors)]


def heading(workload):
    plural = "s" if workload.clients > 1 else ""
    return f"{HEADINGS[workload.kind]}, {workload.clients} client{plural}"


def cpu_cells(results, workload, target, scale, digits):
    """User, system and total, then the ratios to the peers."""
    if not all("user_us" in record for record in results.good(workload, target)):
        return ["-"] * 5
    values = (lambda r: r["user_us"], lambda r: r["system_us"], total_cpu)
    cells = []
    for value in values:
        middle = results.median(workload, target, value)
        cells.append(number(None if middle is None else middle * scale, digits))
    for peer in PEERS:
        cells.append(ratio(results, workload, target, peer))
    return cells


def ratio(results, workload, target, peer):
    found = sorted(results.cpu_ratios(workload, target, peer))
    if not found or target == peer:
        return "-"
    middle = (found[(len(found) - 1) // 2] + found[len(found) // 2]) / 2
    return f"{middle:.2f} ({found[0]:.2f} to {found[-1]:.2f})"


def number(value, digits):
    return "-" if value is None else f"{value:.{digits}f}"
