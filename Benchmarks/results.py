"""Records of a run, and the ratios drawn from them."""

import statistics
from collections import defaultdict


def total_cpu(record):
    return record["user_us"] + record["system_us"]


class Results:
    """All records, by workload and target. A record that holds `error` counts as no measurement."""

    def __init__(self):
        self.records = defaultdict(list)
        self.placement = {}

    def add(self, workload, target, record):
        self.records[workload, target].append(record)

    def good(self, workload, target):
        return [r for r in self.records.get((workload, target), ()) if "error" not in r]

    def errors(self):
        return [
            f"{target}, {workload}: {record['error']}"
            for (workload, target), records in self.records.items()
            for record in records if "error" in record
        ]

    def workloads(self):
        return list(dict.fromkeys(workload for workload, _ in self.records))

    def targets(self, workload):
        return [target for w, target in self.records if w == workload]

    def median(self, workload, target, value):
        found = [value(r) for r in self.good(workload, target)]
        return statistics.median(found) if found else None

    def ratios(self, workload, target, reference, value):
        """One ratio per round in which both were measured: what drifts between rounds, the speed
        of a shared machine, is in both and cancels."""
        references = {r["round"]: value(r) for r in self.good(workload, reference)}
        return [
            value(r) / references[r["round"]]
            for r in self.good(workload, target) if references.get(r["round"])
        ]

    def cpu_ratios(self, workload, target, reference):
        return self.ratios(workload, target, reference, total_cpu)
