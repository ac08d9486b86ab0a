#!/usr/bin/env python3
"""Compares what Trunkline, PgBouncer and Pgpool-II cost, side by side on this machine.

It starts a PostgreSQL primary, a standby and the proxies in a temporary folder on free ports,
measures them in turns, prints the result as Markdown, and removes everything. It needs only
Python 3.11 and the programs themselves (Debian: postgresql, pgbouncer, pgpool2); what is missing is
left out and named. As root it runs the servers as the account `postgres`.

  bench.py                          everything, about 20 minutes
  bench.py --quick                  a look, about 3 minutes
  bench.py --only simple:8,churn    some workloads; KIND or KIND:CLIENTS
  bench.py --write                  also writes Documentation/benchmarks.md

Workloads: simple, extended, prepared (pgbench -S in that protocol), churn (a login for each
transaction), big (5 MB results), copyout, copyin, idle (memory of clients that ran nothing),
leased (memory of clients that ran one query each).

Environment: TRUNKLINE_BINARY (default .build/release/trunkline), PGBIN (default the newest
PostgreSQL below /usr/lib/postgresql).
"""

import sys

sys.dont_write_bytecode = True

import argparse
import datetime
import json
import os
import subprocess
import time

import budgets
import memory
import proxies
import report
from cluster import SCALE, Cluster
from processes import SetupError, Workspace, end_on_signals, raise_file_limit
from results import Results
from workloads import FULL, QUICK, Load, Workload

DOCUMENT = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), os.pardir, "Documentation", "benchmarks.md")


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="1 s x 3 rounds, fewer workloads")
    parser.add_argument("--only", metavar="LIST", help="workloads, separated by commas")
    parser.add_argument("--targets", metavar="LIST", help=f"of {','.join(proxies.NAMES)}")
    parser.add_argument("--secs", type=int, metavar="N", help="length of a round (2)")
    parser.add_argument("--rounds", type=int, metavar="N", help="number of rounds (5)")
    parser.add_argument(
        "--auth", choices=("trust", "scram"), default="trust",
        help="how clients and proxies log in (trust)")
    parser.add_argument("--write", action="store_true", help="write Documentation/benchmarks.md")
    parser.add_argument("--json", metavar="FILE", help="append each raw record, one a line")
    parser.add_argument(
        "--check", action="store_true", help="exit with 1 if a measured budget is not met")
    options = parser.parse_args()
    options.secs = options.secs or (1 if options.quick else 2)
    options.rounds = options.rounds or (3 if options.quick else 5)
    options.targets = (options.targets or ",".join(proxies.NAMES)).split(",")
    unknown = [name for name in options.targets if name not in proxies.NAMES]
    if unknown:
        parser.error(f"unknown target {unknown[0]}: one of {', '.join(proxies.NAMES)}")
    if options.secs < 1 or options.rounds < 1:
        parser.error("--secs and --rounds are at least 1")
    options.workloads = QUICK if options.quick else FULL
    if options.only:
        try:
            options.workloads = tuple(map(Workload.parse, options.only.split(",")))
        except ValueError as error:
            parser.error(str(error))
    return options


class Bench:
    """One run: the servers, what was asked for, and what has been measured."""

    def __init__(self, workspace, options, proxy_classes):
        self.options = options
        self.workspace = workspace
        self.proxy_classes = proxy_classes
        self.results = Results()
        progress(f"PostgreSQL: primary and standby, pgbench scale {SCALE}")
        self.cluster = Cluster(workspace, options.auth)
        self.load = Load(workspace, self.cluster, options.secs)

    def run(self):
        timed = [w for w in self.options.workloads if not w.is_memory]
        if timed:
            self.run_timed(timed)
        # One proxy at a time, when nobody else holds server connections.
        for workload in self.options.workloads:
            if workload.is_memory:
                self.run_memory(workload)

    def run_timed(self, timed):
        targets = [proxy(self.workspace, self.cluster) for proxy in self.proxy_classes]
        if "direct" in self.options.targets:
            targets.append(proxies.Direct(self.cluster))
        try:
            for target in targets:
                progress(f"{target.name}: start and warm-up")
                target.start()
                self.results.placement[target.name] = self.load.warm_up(target)
            for workload in timed:
                self.run_rounds(targets, workload)
        finally:
            for target in targets:
                target.stop()

    def run_rounds(self, targets, workload):
        for number in range(self.options.rounds):
            progress(f"{workload}: round {number + 1} of {self.options.rounds}")
            for target in targets if number % 2 == 0 else reversed(targets):
                record = self.load.run(target, workload)
                self.keep(workload, target, {"round": number, **record})

    def run_memory(self, workload):
        for proxy_class in self.proxy_classes:
            if workload.kind == "idle" and not proxy_class.holds_idle_clients:
                continue
            progress(f"{workload}: {proxy_class.name}")
            proxy = proxy_class(self.workspace, self.cluster, clients=workload.clients + 1_000)
            proxy.prepare_for(workload.clients)
            record = memory.measure(proxy, workload, self.load)
            self.keep(workload, proxy, {"round": 0, **record})

    def keep(self, workload, target, record):
        self.results.add(workload, target.name, record)
        if "error" in record:
            progress(f"{workload}: {target.name}: {record['error']}")
        if self.options.json:
            line = {"target": target.name, "workload": str(workload), "time": time.time(), **record}
            with open(self.options.json, "a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")

    def facts(self):
        postgres = subprocess.run(
            [self.cluster.program("postgres"), "--version"], capture_output=True, text=True,
            check=True)
        versions = [f"PostgreSQL and pgbench: {postgres.stdout.strip()}"]
        for proxy in self.proxy_classes:
            line = f"{proxy.product}: {proxy.version()}"
            if line not in versions:
                versions.append(line)
        return dict(
            date=datetime.date.today().isoformat(), versions=versions, scale=SCALE,
            seconds=self.options.secs, rounds=self.options.rounds,
            authentication={"trust": "`trust`", "scram": "SCRAM-SHA-256"}[self.options.auth])


def progress(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def files_needed(workloads):
    """Both ends of every idle client, and room for the rest; the proxies inherit it."""
    return 2 * max([1_000, *(w.clients for w in workloads)]) + 2_000


def run(options):
    usable, missing = proxies.available(options.targets)
    for sentence in missing:
        progress(sentence)
    needed = files_needed(options.workloads)
    allowed = raise_file_limit(needed)
    if allowed < needed:
        progress(f"only {allowed} open files are allowed, {needed} are wanted: see ulimit -n")
    with Workspace() as workspace:
        bench = Bench(workspace, options, usable)
        bench.run()
        document = report.render(bench.results, bench.facts())
    print(document)
    if options.write:
        with open(DOCUMENT, "w", encoding="utf-8") as file:
            file.write(document)
    return outcome(bench.results, missing, options)


def outcome(results, missing, options):
    if results.errors() or any("trunkline" in sentence for sentence in missing):
        return 1
    unmet = [row.what for row in budgets.judge(results) if row.met is False]
    for what in unmet:
        progress(f"budget not met: {what}")
    return 1 if options.check and unmet else 0


def main():
    end_on_signals()
    options = arguments()
    try:
        return run(options)
    except KeyboardInterrupt:
        progress("interrupted; everything was stopped and removed")
        return 130
    except (SetupError, RuntimeError) as error:
        progress(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
