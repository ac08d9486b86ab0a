"""Tests of the parts that decide: python3 -m unittest discover -s Benchmarks"""

import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import budgets
import report
from accounting import CPUReading, fields_of_stat, process_tree
from results import Results
from wire import Scram, columns, error_text
from workloads import FULL, QUICK, Workload, read_pgbench

SIMPLE = Workload("simple", 8)
PGBENCH_OUTPUT = """\
number of transactions actually processed: 1200
number of failed transactions: {failed} (0.000%)
latency average = 0.802 ms
initial connection time = 9.1 ms
tps = 9978.123456 (without initial connection time)
"""


def cost(number, user, system):
    return {"round": number, "tx": 1, "tps": 100.0, "latency_ms": 1.0,
            "user_us": user, "system_us": system}


def measured(ours, pgbouncer, pgpool):
    """Results of one workload; each argument lists (user, system) per round."""
    results = Results()
    for name, costs in (("trunkline", ours), ("pgbouncer", pgbouncer), ("pgpool", pgpool)):
        for number, (user, system) in enumerate(costs):
            results.add(SIMPLE, name, cost(number, user, system))
    return results


class Ratios(unittest.TestCase):
    def test_only_rounds_in_which_both_were_measured_count(self):
        results = measured([(1, 9), (1, 19)], [(0, 20), (0, 20)], [])
        results.add(SIMPLE, "trunkline", cost(2, 500, 500))
        results.add(SIMPLE, "pgbouncer", {"round": 2, "error": "gone"})
        self.assertEqual(results.cpu_ratios(SIMPLE, "trunkline", "pgbouncer"), [0.5, 1.0])
        self.assertEqual(results.errors(), ["pgbouncer, simple:8: gone"])

    def test_drift_between_rounds_cancels(self):
        results = measured([(1, 9), (10, 90)], [(0, 20), (0, 200)], [])
        self.assertEqual(results.cpu_ratios(SIMPLE, "trunkline", "pgbouncer"), [0.5, 0.5])


class Budgets(unittest.TestCase):
    def verdicts(self, results):
        rows = budgets.judge(results)
        return {row.budget: row.met for row in rows if "simple" in row.what and "8" in row.what}

    def test_a_budget_is_met_at_its_limit_and_not_above(self):
        at_limit = measured([(2, 18)], [(0, 20)], [(0, 100)])
        self.assertEqual(self.verdicts(at_limit), {
            "<= 1.00 of PgBouncer": True, "<= 0.35 of Pgpool-II": True, "<= 2 us": True})
        above = measured([(2.1, 18)], [(0, 20)], [(0, 57)])
        self.assertEqual(self.verdicts(above), {
            "<= 1.00 of PgBouncer": False, "<= 0.35 of Pgpool-II": False, "<= 2 us": False})

    def test_one_worker_must_meet_it_as_well(self):
        results = measured([(1, 9)], [(0, 20)], [(0, 100)])
        results.add(SIMPLE, "trunkline-1", cost(0, 1, 29))
        self.assertIs(self.verdicts(results)["<= 1.00 of PgBouncer"], False)
        self.assertIs(self.verdicts(results)["<= 0.35 of Pgpool-II"], True)

    def test_what_was_not_measured_is_neither_met_nor_missed(self):
        self.assertEqual({row.met for row in budgets.judge(Results())}, {None})

    def test_a_lost_idle_client_fails_the_row(self):
        results = Results()
        idle = Workload("idle", 1000)
        results.add(idle, "trunkline", {"round": 0, "error": "3 were disconnected"})
        self.assertIs(budgets.judge(results)[-1].met, False)


class Report(unittest.TestCase):
    FACTS = dict(date="2020-01-01", versions=["Trunkline: 1"], scale=10, seconds=2, rounds=5,
                 authentication="`trust`")

    def test_numbers_and_verdicts_are_in_the_document(self):
        results = measured([(1, 9)] * 2, [(1, 19)] * 2, [(20, 80)] * 2)
        results.add(Workload("big", 2), "pgbouncer", cost(0, 0, 5_055_000))
        document = report.render(results, self.FACTS)
        self.assertIn("| 0.50 (0.50 to 0.50) | - | met |", document)
        self.assertIn("| trunkline | 100 | 1.000 | 1.0 | 9.0 | 10.0 | 0.50", document)
        self.assertIn("| pgbouncer | 506 | 0.00 | 1000.00 | 1000.00 |", document)

    def test_a_failed_run_is_named(self):
        results = Results()
        results.add(SIMPLE, "pgpool", {"round": 0, "error": "out of patience"})
        self.assertIn("- pgpool, simple:8: out of patience", report.render(results, self.FACTS))


class Workloads(unittest.TestCase):
    def test_texts_become_workloads_and_back(self):
        for text, expected in (("simple:32", "simple:32"), ("churn", "churn:8"),
                               ("copyin", "copyin:1"), ("idle", "idle:5000")):
            self.assertEqual(str(Workload.parse(text)), expected)
        self.assertEqual(len(set(FULL)), len(FULL))
        self.assertLessEqual({w.kind for w in QUICK}, {w.kind for w in FULL})

    def test_nonsense_is_refused(self):
        for text in ("", "complex:8", "simple:-", "simple:0", "simple:x", "copyin:2", "leased:999"):
            with self.subTest(text), self.assertRaises(ValueError):
                Workload.parse(text)

    def test_pgbench_output_is_read(self):
        record = read_pgbench(0, PGBENCH_OUTPUT.format(failed=0), "")
        self.assertEqual(record, dict(tx=1200, tps=9978.123456, latency_ms=0.802))

    def test_failures_are_errors(self):
        self.assertIn("error", read_pgbench(0, PGBENCH_OUTPUT.format(failed=3), ""))
        self.assertEqual(read_pgbench(1, "", "noise\nlast word\n"), dict(error="last word"))
        self.assertIn("error", read_pgbench(0, "", ""))


class Wire(unittest.TestCase):
    def test_scram_gives_the_proof_of_rfc_7677(self):
        scram = Scram("pencil", nonce="rOprNGfwEbeRWgbNEkqO", user="user")
        self.assertEqual(scram.first(), b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
        final = scram.final(
            b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            b"s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
        self.assertTrue(final.endswith(b",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="))

    def test_rows_and_errors_are_read(self):
        row = b"\0\3" + b"\0\0\0\1a" + b"\xff\xff\xff\xff" + b"\0\0\0\0"
        self.assertEqual(columns(row), ["a", None, ""])
        self.assertEqual(error_text(b"SFATAL\0C53300\0Mtoo many\0\0"), "FATAL: too many (53300)")


class Accounting(unittest.TestCase):
    def test_a_tree_holds_its_children(self):
        with subprocess.Popen(["sleep", "60"]) as child:
            self.assertIn(child.pid, process_tree(os.getpid()))
            self.assertEqual(fields_of_stat(child.pid)[1], os.getpid())
            child.kill()

    def test_exact_time_is_split_as_the_ticks_are(self):
        before = CPUReading(1.0, 1.0, {"a": 0})
        after = CPUReading(1.1, 1.3, {"a": 300_000_000, "b": 100_000_000})
        user, system = after.spent_since(before)
        self.assertAlmostEqual(user, 0.1)
        self.assertAlmostEqual(system, 0.3)

    def test_ticks_count_when_a_thread_ended(self):
        before = CPUReading(1.0, 1.0, {"gone": 5})
        after = CPUReading(1.5, 1.25, {"new": 5})
        self.assertEqual(after.spent_since(before), (0.5, 0.25))


if __name__ == "__main__":
    unittest.main()
