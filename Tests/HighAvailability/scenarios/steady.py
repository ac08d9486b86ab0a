"""B. Things that must not cause a failover."""
import threading
import time

import psycopg2

import processes
from load import now
from scenarios import scenario

PATIENT = dict(health_check_timeout=2, health_check_max_retries=2, health_check_retry_delay=1)


@scenario("T-13", "the primary has no connection left", changes=0)
def no_slots(bed):
    bed.load(settle=1)
    bed.fault(0, 1, 2)
    taken = []
    try:
        while len(taken) < 200:
            taken.append(bed.nodes[0].connect())
        bed.check(False, "the server let everybody in")
    except psycopg2.OperationalError as error:
        bed.check("too many" in str(error) or "reserved" in str(error), str(error))
    begun = now()
    while now() - begun < bed.span(60, 4):
        status = bed.proxy.status()
        if status and not bed.check(status.primary == 0, f"the full primary is shown as: {status}"):
            break
        time.sleep(0.3)
    held = bed.load_running.successes("append", since=begun)
    bed.note(taken=len(taken), held_commits=len(held))
    bed.check(held, "sessions that were open could not write")
    for connection in taken:
        connection.close()
    bed.pause(1.5)
    bed.check(bed.proxy.failovers_begun == 0, "a failover was begun")


@scenario("T-14", "the health check cannot log in", changes=0,
          starts_proxy=False, limits=dict(outage_w=1.0, outage_r=1.0))
def no_login(bed):
    primary = bed.nodes[0]
    primary.sql("CREATE ROLE checker LOGIN SUPERUSER")
    primary.sql("CREATE DATABASE checks")
    bed.until(lambda: all(n.ask("SELECT count(*) FROM pg_database WHERE datname = 'checks'") == 1
                          for n in bed.nodes), 20, "the standbys to have the database")
    bed.start_proxy(sr_check_user="checker", health_check_user="checker",
                    sr_check_database="checks", health_check_database="checks")
    bed.load()
    bed.fault(0, 1, 2)

    def breaks(name, break_, mend):
        seen = len(bed.proxy.log())
        break_()
        for node in bed.nodes:
            node.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                     "WHERE usename = 'checker' AND pid <> pg_backend_pid()")
        begun = now()
        while now() - begun < bed.span(20, 3):
            status = bed.proxy.status()
            if not bed.check(status.primary == 0 and status.is_up(0, 1, 2), f"{name}: {status}"):
                break
            time.sleep(0.3)
        bed.check("does not let the proxy" in bed.proxy.log()[seen:],
                  f"{name}: the log does not tell")
        mend()
        bed.pause(2)

    def reject(line):
        for node in bed.nodes:
            path = f"{node.data}/pg_hba.conf"
            with open(path) as file:
                text = file.read()
            with open(path, "w") as file:
                file.write("host all checker all reject\n" + text if line
                           else text.replace("host all checker all reject\n", ""))
            node.sql("SELECT pg_reload_conf()")
        time.sleep(0.3)

    breaks("role", lambda: primary.sql("ALTER ROLE checker NOLOGIN"),
           lambda: primary.sql("ALTER ROLE checker LOGIN"))
    breaks("pg_hba", lambda: reject(True), lambda: reject(False))
    breaks("database", lambda: primary.sql("DROP DATABASE checks WITH (FORCE)", timeout=30),
           lambda: primary.sql("CREATE DATABASE checks"))
    errors = {code: n for c in bed.load_running.of("append") for code, n in c.errors.items()}
    bed.check(not errors, f"clients noticed: {errors}")


class Observer(threading.Thread):
    """Asks a server itself, and remembers how long it took."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.node, self.over, self.slowest = node, threading.Event(), 0.0

    def run(self):
        connection = self.node.connect(30)
        cursor = connection.cursor()
        while not self.over.is_set():
            begun = now()
            try:
                cursor.execute("SELECT 1")
            except psycopg2.Error:
                self.slowest = 99.0
                return
            self.slowest = max(self.slowest, now() - begun)
            self.over.wait(0.2)
        connection.close()


@scenario("T-15", "the primary gets hardly any processor time", changes=None, settings=PATIENT)
def starved(bed):
    bed.load(append=2, register=1, mixed=1, read=2, idle=6)
    observer = Observer(bed.nodes[0])
    observer.start()
    bed.fault(0, 1, 2)
    # Above this the server really is out of reach: timeout and retries of the health check.
    limit = 2.0
    for share in (0.05, 0.02, 0.01) if bed.options.full else (0.05,):
        observer.slowest = 0.0
        before = bed.proxy.failovers_begun
        throttle = processes.Throttle(bed.nodes[0].pids, share, 0.2)
        throttle.start()
        bed.pause(bed.span(60, 8))
        throttle.stop()
        bed.note(**{f"observer_{share}": round(observer.slowest, 2),
                    f"failovers_{share}": bed.proxy.failovers_begun - before})
        if observer.slowest < limit:
            bed.check(bed.proxy.failovers_begun == before, f"a failover at {share:.0%}")
        bed.pause(2)
    observer.over.set()


@scenario("T-16", "packets are lost", needs_network="must", settings=PATIENT)
def packet_loss(bed):
    bed.load(append=2, register=1, mixed=1, read=2, idle=6)
    bed.fault(0, 1, 2)

    def at(share, seconds):
        begun, flaps = now(), bed.proxy.log().count("node status[")
        for number in range(3):
            bed.network.loss(number, share)
        bed.pause(seconds)
        for number in range(3):
            bed.network.loss(number, 0)
        done = len(bed.load_running.successes("append", since=begun))
        bed.note(**{f"commits_per_s_{share}": round(done / seconds, 1),
                    f"flaps_{share}": bed.proxy.log().count("node status[") - flaps})

    at(0.10, bed.span(120, 12))
    bed.check(bed.proxy.failovers_begun == 0, "O11: a failover at 10 % loss")
    if bed.options.full:
        at(0.30, 120)
    bed.pause(3)


@scenario("T-19", "somebody terminates the proxy's connections all the time", changes=0)
def termination_storm(bed):
    bed.load(settle=1)
    bed.fault(1, 2)
    terminate = ("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                 "WHERE backend_type = 'client backend' AND application_name <> 'ha direct'")
    ended = 0
    for _ in range(bed.span(60, 5)):
        ended += bed.nodes[0].value(terminate)
        time.sleep(1)
    bed.note(terminated=ended)
    bed.check(bed.proxy.failovers_begun == 0, "a failover was begun")
    bed.pause(1)


@scenario("T-20", "the primary is restarted quickly", changes=0,
          settings=dict(health_check_max_retries=8, health_check_retry_delay=1))
def quick_restart(bed):
    bed.load()
    bed.fault(1, 2)
    begun = now()
    bed.nodes[0].restart("fast")
    took = now() - begun
    bed.note(restart=round(took, 2))
    bed.spec.limits = dict(outage_w=took + 1.5)
    bed.pause(bed.span(20, 4))
