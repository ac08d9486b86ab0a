"""D. Operator actions."""
import os
import signal
import threading
import time

import servers
from bed import WINDOW
from load import Failed, Session, now
from proxy import Unmet
from scenarios import scenario

PLANNED = dict(outage_w=3.0, outage_r=1.0)


def must(bed, answer, words):
    """An order that has to be obeyed."""
    code, said = answer
    return bed.check(code == 0, f"{words} was refused: {said}")


def must_not(bed, answer, words, *reasons):
    """An order that has to be refused, with one of these words."""
    code, said = answer
    bed.check(code != 0, f"{words} was obeyed: {said}")
    if reasons:
        bed.check(any(reason in said for reason in reasons), f"{words}: the reason is \"{said}\"")


def nobody_was_cut(bed):
    """Orders cost nobody his session."""
    cut = [session["code"] for client in bed.load_running.of("append", "register", "read")
           for session in client.sessions if session["cut"] is not None]
    bed.check(not cut, f"O9: orders cut {len(cut)} sessions: {cut[:3]}")


def switch_over(bed):
    bed.load(settle=1)
    bed.fault(0, 1, 2)
    rounds = bed.span(10, 2)
    bed.changes = rounds
    primary = 0
    for number in range(rounds):
        target = 1 - primary
        begun = now()
        if number % 2 == 0:
            answer = bed.proxy.pcp("pcp_promote_node", "--switchover", "-n", target)
        else:
            answer = bed.proxy.order("promote", target, "--switchover")
        if not must(bed, answer, f"switchover to node {target}"):
            return
        bed.note(**{f"took_{number}": round(now() - begun, 2)})
        bed.await_primary(target)
        old = bed.nodes[primary]
        bed.until(lambda: old.is_streaming, 20, "the old primary to stream")
        bed.check("rewind" not in old.log_tail(100), "the old primary was rewound")
        bed.proxy.await_state(lambda s: s.is_up(0, 1, 2), 20, "all nodes up")
        primary = target
    bed.pause(0.5)


scenario("T-26", "switchovers under load", limits=PLANNED, needs_orders=True)(switch_over)
scenario("T-26s", "switchovers under load, synchronous replication", limits=PLANNED,
         needs_orders=True, synchronous=True)(switch_over)


@scenario("T-27a", "switchover with a transaction that does not end", changes=1,
          needs_orders=True, settings=dict(switchover_drain_timeout=2),
          limits=dict(outage_w=6.0, outage_r=1.0))
def stubborn(bed):
    bed.load()
    session = Session(bed.proxy.port)
    session.run("BEGIN")
    session.run("SELECT value FROM registers WHERE id = 4 FOR UPDATE")
    bed.fault(0, 1, 2)
    begun = now()
    must(bed, bed.proxy.order("promote", 1, "--switchover"), "the switchover")
    bed.note(took=round(now() - begun, 2))
    try:
        session.run("COMMIT")
        bed.check(False, "the stubborn transaction was committed")
    except Failed as failure:
        bed.note(stubborn=failure.code)
        bed.check(failure.code in ("40001", "08007", "57P01", "25P02"), str(failure))
    session.close()
    bed.await_primary(1)
    bed.pause(1)


@scenario("T-27b", "switchover to a standby that is far behind", changes=0, needs_orders=True,
          limits=dict(outage_w=3.0))
def behind(bed):
    bed.load()
    bed.nodes[1].sql("SELECT pg_wal_replay_pause()")
    bed.nodes[0].sql(
        f"INSERT INTO bulk SELECT repeat('x', 1000) FROM generate_series(1, "
        f"{bed.span(1000000, 50000)})", database="ha", timeout=300)
    bed.fault(0, 1, 2)
    bed.pause(1.5)
    must_not(bed, bed.proxy.order("promote", 1, "--switchover"), "the switchover", "paused",
             "behind", "lag")
    bed.nodes[1].sql("SELECT pg_wal_replay_resume()")
    bed.pause(2)


@scenario("T-27c", "the target dies when the old primary was stopped already", needs_orders=True,
          limits=dict(outage_w=20.0))
def target_dies(bed):
    bed.load()
    stuck = bed.nodes[1].process("startup")
    os.kill(stuck, signal.SIGSTOP)
    bed.fault(0, 2)
    before = bed.nodes[0].pid
    answers = []
    order = threading.Thread(
        target=lambda: answers.append(bed.proxy.order("promote", 1, "--switchover")))
    order.start()
    deadline = now() + 25
    while bed.nodes[0].pid in (before, None) and now() < deadline:
        time.sleep(0.01)
    bed.check(bed.nodes[0].pid not in (before, None), "the old primary was not restarted")
    bed.nodes[1].kill9()
    order.join(60)
    bed.check(answers and answers[0][0] != 0, f"the order ended with {answers}")
    bed.note(answer=answers)
    bed.await_primary(0, 2)
    bed.await_writes(20)
    bed.pause(2)


@scenario("T-28", "attach and detach look before they obey", lost=WINDOW, needs_orders=True,
          settings=dict(auto_failback="off"))
def verified(bed):
    bed.load(append=1, register=1, mixed=1, read=2, idle=4)
    bed.fault()
    order, state = bed.proxy.order, bed.proxy.await_state

    must(bed, order("detach", 1), "detach of a standby")
    state(lambda s: s.state(1) == "down", 5, "node 1 to be out")
    must(bed, order("attach", 1), "attach of a standby")
    state(lambda s: s.is_up(1), 10, "node 1 to be back")

    # The primary: another one takes over, and it stays out.
    must(bed, order("detach", 0), "detach of the primary")
    primary = bed.await_primary(1, 2)
    state(lambda s: s.state(0) == "down", 10, "the former primary to be out")
    bed.until(lambda: bed.nodes[0].is_streaming, 20, "the former primary to stream")
    bed.pause(1.5)
    must(bed, order("attach", 0), "attach of the former primary")
    state(lambda s: s.is_up(0), 10, "the former primary to serve as a standby")
    bed.check(len(bed.proxy.openings) == 1, f"changes {bed.proxy.openings}")

    # A server of another cluster at a standby's place.
    standby = bed.nodes[3 - primary]
    must(bed, order("detach", standby.number), "detach of a standby")
    standby.stop()
    foreign = servers.Server(bed.folder, 9, bed.account)
    foreign.run("initdb", "-D", foreign.data, "-U", "postgres", "-A", "trust", "-N",
                "--no-instructions")
    foreign.append(servers.SETTINGS + f"port = {standby.port}\nlisten_addresses = '127.0.0.1'")
    foreign.start()
    bed.pause(2.5)
    must_not(bed, order("attach", standby.number), "attach of a foreign server")
    foreign.stop()
    standby.start()
    bed.until(lambda: standby.is_streaming, 20, "the standby to stream")
    bed.pause(2.5)
    must(bed, order("attach", standby.number), "attach of the right server")

    # A standby whose upstream is dead, while the primary goes on.
    must(bed, order("detach", standby.number), "detach of a standby")
    standby.sql("ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=1'")
    standby.sql("SELECT pg_reload_conf()")
    bed.pause(3)
    must_not(bed, order("attach", standby.number), "attach of a standby without upstream")
    upstream = standby.conninfo(bed.nodes[primary])
    standby.sql(f"ALTER SYSTEM SET primary_conninfo = '{upstream}'")
    standby.sql("SELECT pg_reload_conf()")
    bed.until(lambda: standby.is_streaming, 20, "the standby to stream")
    bed.pause(2)
    must(bed, order("attach", standby.number), "attach of the mended standby")

    nobody_was_cut(bed)

    # A former primary that went its own way.
    bed.nodes[primary].kill9()
    bed.await_primary(*[n for n in range(3) if n != primary])
    bed.nodes[primary].start()
    bed.pause(2.5)
    must_not(bed, order("attach", primary), "attach of a diverged former primary", "takes writes",
             "timeline", "primary")
    bed.pause(0.5)


@scenario("T-29", "promote without switchover", changes=None, lost=10 ** 6, needs_orders=True,
          settings=dict(external_failover="ignore"), limits=dict(outage_w=3.0))
def adopted(bed):
    bed.load()
    bed.fault(1, 2)
    must_not(bed, bed.proxy.order("promote", 1), "adoption of a standby", "not a primary",
             "switchover")
    bed.nodes[1].sql("SELECT pg_promote()", timeout=30)
    bed.pause(1.5)
    status = bed.proxy.status()
    bed.check(status.primary == 0, f"the proxy follows whom nobody named: {status}")
    must(bed, bed.proxy.order("promote", 1), "adoption of a promoted standby")
    bed.await_primary(1)
    bed.pause(3)
    status = bed.proxy.status()
    bed.check(status.state(0) == "down", f"the former primary is shown as {status.state(0)}")


@scenario("T-30", "what an operator has detached stays out", lost=WINDOW, needs_orders=True)
def stays_out(bed):
    bed.load()
    bed.fault()
    must(bed, bed.proxy.order("detach", 1), "detach of a standby")

    def is_out(what):
        status = bed.proxy.status()
        bed.check(status is not None and status.state(1) == "down", f"{what}: {status}")
    begun = now()
    while now() - begun < bed.span(10, 5):
        is_out("after some intervals")
        time.sleep(0.5)
    nobody_was_cut(bed)
    bed.nodes[0].kill9()
    bed.await_primary(2)
    bed.pause(2)
    is_out("after a failover")
    bed.check(bed.proxy.openings == [2], f"promoted {bed.proxy.openings}")
    bed.check(not bed.load_running.idle.broken(), "O9: idle sessions were broken")
    bed.load_running.idle.sessions = []
    bed.load_running.stop()
    bed.proxy.stop()
    bed.proxy.start(primary=2)
    bed.pause(3)
    is_out("after a restart of the proxy")
    bed.check(bed.proxy.status().primary == 2, f"after a restart: {bed.proxy.status()}")
    try:
        bed.await_writes(10)
    except Unmet as unmet:
        bed.check(False, str(unmet))
