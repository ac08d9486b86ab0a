"""The budgets Trunkline is held to, and the verdict on each."""

import statistics
from dataclasses import dataclass

from workloads import Workload

OURS = ("trunkline", "trunkline-1")
STATEMENTS = tuple(Workload(k, c) for k in ("simple", "extended", "prepared") for c in (8, 32))
BULK = tuple(Workload.parse(kind) for kind in ("big", "copyout", "copyin"))


@dataclass
class Verdict:
    """One row of the budget table. `found` maps one of OURS to (worst text, met)."""

    what: str
    budget: str
    found: dict

    @property
    def met(self):
        """True, False, or None when nothing was measured."""
        return all(met for _, met in self.found.values()) if self.found else None


def judge(results):
    """The verdicts, in the order of the table."""
    rows = []
    for workload in STATEMENTS:
        name = f"CPU per transaction, pgbench -S {workload.kind}, {workload.clients} clients"
        rows.append(ratio_row(results, name, workload, "pgbouncer", 1.0))
        rows.append(ratio_row(results, name, workload, "pgpool", 0.35))
        rows.append(user_row(results, f"user part, {workload.kind}, {workload.clients} clients",
                             workload, 2.0))
    names = {"big": "large results", "copyout": "COPY out", "copyin": "COPY in"}
    for workload in BULK:
        rows.append(ratio_row(
            results, f"CPU per GB, {names[workload.kind]}", workload, "pgbouncer", 0.40))
    rows.append(ratio_row(
        results, "login on a pooled connection, pgbench -C, 8 clients", Workload("churn", 8),
        "pgbouncer", 1.1))
    rows.append(memory_row(results, "idle client that ran nothing", "idle", 8.0))
    rows.append(memory_row(results, "idle client with its lease", "leased", 8.0))
    rows.append(holding_row(results))
    return rows


def ratio_row(results, what, workload, reference, limit):
    found = {}
    for name in OURS:
        ratios = results.cpu_ratios(workload, name, reference)
        if ratios:
            middle = statistics.median(ratios)
            text = f"{middle:.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
            found[name] = (text, middle <= limit)
    peer = {"pgbouncer": "PgBouncer", "pgpool": "Pgpool-II"}[reference]
    return Verdict(what, f"<= {limit:.2f} of {peer}", found)


def user_row(results, what, workload, limit):
    found = {}
    for name in OURS:
        middle = results.median(workload, name, lambda r: r["user_us"])
        if middle is not None:
            found[name] = (f"{middle:.2f} us", middle <= limit)
    return Verdict(what, f"<= {limit:.0f} us", found)


def sized(results, kind):
    """The workload of this kind that was run, with most clients if there were several."""
    run = [w for w in results.workloads() if w.kind == kind]
    return max(run, key=lambda w: w.clients, default=None)


def memory_row(results, what, kind, limit):
    workload = sized(results, kind)
    found = {}
    for name in OURS:
        middle = workload and results.median(workload, name, lambda r: r["kib_per_client"])
        if middle is not None:
            found[name] = (f"{middle:.2f} KiB", middle <= limit)
    clients = f", {workload.clients} clients" if workload else ""
    return Verdict(what + clients, f"<= {limit:.0f} KiB", found)


def holding_row(results):
    workload = sized(results, "idle")
    found = {}
    for name in OURS:
        for record in results.records.get((workload, name), ()):
            held = "error" not in record
            found[name] = ("all hold" if held else record["error"], held)
    clients = workload.clients if workload else 5_000
    return Verdict(f"{clients} idle clients while 200 are busy", "none lost, no error", found)
