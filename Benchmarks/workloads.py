"""What is run against each target, and what one run yields."""

import os
import re
import subprocess
import time
from dataclasses import dataclass

from accounting import CPUReading
from cluster import DATABASE, MOST_LEASES, ROLE

LARGE_ROWS = 5_000
LARGE_QUERY = f"SELECT repeat('x', 1000) FROM generate_series(1, {LARGE_ROWS})"
# A DataRow message is a kind, a length, a column count, a column length and 1000 bytes; a CopyData
# message a kind, a length, 1000 bytes and a newline.
BYTES_PER_TRANSACTION = {
    "big": LARGE_ROWS * (1 + 4 + 2 + 4 + 1000),
    "copyout": LARGE_ROWS * (1 + 4 + 1001),
    "copyin": LARGE_ROWS * (1 + 4 + 1001),
}
COPIES_PER_SECOND = 30
PGBENCH_THREADS = 2


@dataclass(frozen=True)
class Workload:
    """`kind` is simple, extended or prepared (pgbench -S -M), churn (a login per transaction),
    big, copyout or copyin; or for memory.py idle (ran nothing) or leased (ran one query)."""

    kind: str
    clients: int

    KINDS = {
        "simple": 8, "extended": 8, "prepared": 8, "churn": 8, "big": 2, "copyout": 1, "copyin": 1,
        "idle": 5_000, "leased": 300,
    }

    @staticmethod
    def parse(text):
        kind, _, clients = text.partition(":")
        if kind not in Workload.KINDS or (clients and not clients.isdigit()):
            raise ValueError(f"unknown workload '{text}': one of {', '.join(Workload.KINDS)}, "
                             "with :CLIENTS if wanted")
        count = int(clients or Workload.KINDS[kind])
        if count < 1 or (kind.startswith("copy") and count != 1):
            raise ValueError(f"'{text}': COPY runs with one client, the others with at least one")
        if kind != "idle" and count > MOST_LEASES:
            raise ValueError(f"'{text}': the servers take at most {MOST_LEASES} clients")
        return Workload(kind, count)

    def __str__(self):
        return f"{self.kind}:{self.clients}"

    @property
    def is_memory(self):
        return self.kind in ("idle", "leased")

    @property
    def bytes(self):
        """Payload per transaction, or None where the transaction is what counts."""
        return BYTES_PER_TRANSACTION.get(self.kind)


FULL = tuple(map(Workload.parse, (
    "simple:1", "simple:8", "simple:32", "extended:1", "extended:8", "extended:32",
    "prepared:1", "prepared:8", "prepared:32", "churn:8", "big:2", "copyout", "copyin",
    "idle:5000", "leased:300")))
QUICK = tuple(map(Workload.parse, (
    "simple:8", "prepared:32", "churn:8", "big:2", "copyout", "idle:1000", "leased:50")))


class Load:
    """Runs workloads with pgbench and psql. One run is one record: a dictionary with tx (count),
    tps, latency_ms, and for a proxy user_us and system_us per transaction; or with error."""

    def __init__(self, workspace, cluster, seconds):
        self.workspace = workspace
        self.cluster = cluster
        self.seconds = seconds
        self.copies = max(10, round(COPIES_PER_SECOND * seconds))
        self.large_script = workspace.write(workspace.path("large.sql"), LARGE_QUERY + ";\n")
        rows = workspace.write(workspace.path("rows.txt"), ("x" * 1000 + "\n") * LARGE_ROWS)
        self.copy_scripts = {
            "copyout": workspace.write(
                workspace.path("copyout.sql"), f"COPY ({LARGE_QUERY}) TO STDOUT;\n" * self.copies),
            "copyin": workspace.write(
                workspace.path("copyin.sql"), "CREATE TEMP TABLE arrivals (t text);\n"
                + f"TRUNCATE arrivals;\n\\copy arrivals from '{rows}'\n" * self.copies),
        }

    def run(self, target, workload):
        before = CPUReading.of(target.pid) if target.pid else None
        if workload.kind in self.copy_scripts:
            record = self.run_copies(target, workload)
        else:
            record = self.run_pgbench(target, workload)
        if before and "error" not in record:
            user, system = CPUReading.of(target.pid).spent_since(before)
            record["user_us"] = user * 1e6 / record["tx"]
            record["system_us"] = system * 1e6 / record["tx"]
        return record

    def pgbench_command(self, target, workload, seconds):
        command = [
            self.cluster.program("pgbench"), "-h", "127.0.0.1", "-p", str(target.port),
            "-U", ROLE, "-n", "-T", str(seconds), "-c", str(workload.clients),
            "-j", str(min(workload.clients, PGBENCH_THREADS))]
        if workload.kind == "churn":
            command += ["-S", "-C"]
        elif workload.kind == "big":
            command += ["-f", self.large_script]
        else:
            command += ["-S", "-M", workload.kind]
        return [*command, DATABASE]

    def start(self, command, output):
        environment = dict(self.workspace.environment)
        if self.cluster.password:
            environment["PGPASSWORD"] = self.cluster.password
        return subprocess.Popen(
            command, cwd=self.workspace.folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.PIPE, text=True, **self.workspace.identity())

    def finish(self, process, patience):
        """(status, output, errors); a program that hangs is ended and has failed."""
        try:
            output, errors = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            errors = f"no end after {patience:.0f} s\n{errors}"
        except BaseException:
            process.kill()
            process.wait()
            raise
        return process.returncode, output or "", errors or ""

    def run_pgbench(self, target, workload, seconds=None):
        seconds = seconds or self.seconds
        command = self.pgbench_command(target, workload, seconds)
        process = self.start(command, subprocess.PIPE)
        status, output, errors = self.finish(process, patience=seconds + 60)
        return read_pgbench(status, output, errors)

    def run_copies(self, target, workload):
        command = [
            self.cluster.program("psql"), "-X", "-q", "-h", "127.0.0.1", "-p", str(target.port),
            "-U", ROLE, "-d", DATABASE, "-v", "ON_ERROR_STOP=1",
            "-f", self.copy_scripts[workload.kind]]
        started = time.monotonic()
        process = self.start(command, subprocess.DEVNULL)
        status, _, errors = self.finish(process, patience=self.seconds * 10 + 60)
        elapsed = time.monotonic() - started
        if status:
            return dict(error=last_line(errors))
        return dict(
            tx=self.copies, tps=self.copies / elapsed, latency_ms=elapsed * 1e3 / self.copies)

    def warm_up(self, target):
        """Runs a little load; returns how many sessions read on (primary, standby) meanwhile."""
        seconds = 2
        command = self.pgbench_command(target, Workload("simple", 32), seconds)
        process = self.start(command, subprocess.PIPE)
        try:
            time.sleep(seconds * 0.6)
            placed = self.cluster.sessions_running("pgbench_accounts WHERE aid")
        finally:
            status, output, errors = self.finish(process, patience=60)
        problem = read_pgbench(status, output, errors).get("error")
        if problem:
            raise RuntimeError(f"{target.name}: {problem}")
        return placed


def read_pgbench(status, output, errors):
    """The record of one pgbench run."""
    count = re.search(r"transactions actually processed: (\d+)", output)
    rate = re.search(r"tps = ([\d.]+) ", output)
    latency = re.search(r"latency average = ([\d.]+) ms", output)
    failed = re.search(r"failed transactions: (\d+)", output)
    if status or not count or not rate or int(count[1]) == 0:
        return dict(error=last_line(errors or output))
    if failed and int(failed[1]):
        return dict(error=f"{failed[1]} failed transactions")
    return dict(
        tx=int(count[1]), tps=float(rate[1]), latency_ms=float(latency[1]) if latency else None)


def last_line(text):
    lines = [line for line in text.strip().splitlines() if line]
    return lines[-1][-300:] if lines else "failed without a word"
