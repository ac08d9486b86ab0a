"""A. Loss of database servers."""
import os
import signal
import time

import processes
from bed import WINDOW
from load import now
from scenarios import scenario

KILLED = dict(outage_w=3.0, outage_r=0.5)


def kill_primary(bed):
    bed.load()
    bed.fault(1, 2)
    bed.nodes[0].kill9()
    bed.await_primary(1, 2)
    bed.pause(bed.span(20, 3))


scenario("T-1", "the primary is killed", changes=1, lost=WINDOW, limits=KILLED)(kill_primary)
scenario("T-1s", "the primary is killed, synchronous replication", changes=1, synchronous=True,
         limits=dict(outage_w=4.0))(kill_primary)


def shut_down(bed, mode):
    bed.load()
    bed.fault(1, 2)
    bed.nodes[0].stop(mode, wait=False)
    bed.await_primary(1, 2)
    bed.note(trigger=[line for line in bed.proxy.log().split("\n") if "is given up" in line])
    bed.pause(bed.span(20, 3))


@scenario("T-3a", "the primary is shut down, which counts as a failure", changes=1,
          limits=dict(outage_w=4.0), settings=dict(failover_on_backend_shutdown="on"))
def fast_shutdown(bed):
    shut_down(bed, "fast")


@scenario("T-3b", "the primary is shut down, found by the health check", changes=1,
          limits=dict(outage_w=4.0), settings=dict(failover_on_backend_shutdown="off"))
def unheeded_shutdown(bed):
    shut_down(bed, "fast")


@scenario("T-3c", "the primary is shut down at once", changes=1, lost=WINDOW,
          limits=dict(outage_w=4.0))
def immediate_shutdown(bed):
    shut_down(bed, "immediate")


@scenario("T-3d", "the former primary is started as a standby of nobody", changes=1,
          limits=dict(outage_w=4.0), settings=dict(failover_on_backend_shutdown="on"))
def standby_of_nobody(bed):
    bed.load(append=1, register=1, mixed=1, read=2, idle=4)
    bed.fault(1, 2)
    old = bed.nodes[0]
    old.stop("fast")
    bed.await_primary(1, 2)
    # A standby; whom it names is overruled by the next line.
    old.follow(old)
    old.append("primary_conninfo = 'host=127.0.0.1 port=1'", "postgresql.auto.conf")
    old.start()
    bed.until(lambda: old.is_streaming, 30, "the former primary to stream")
    bed.proxy.await_state(lambda s: s.is_up(0), 30, "the former primary to serve as a standby")
    bed.pause(1)


def rows(node):
    return node.ask("SELECT count(*) FROM appended", database="ha")


def is_left_alone(bed, number, seconds):
    """A former primary that is back gets no writes while it would take them, is reported, and
    serves again only when it streams from the new one."""
    node = bed.nodes[number]
    bed.until(lambda: node.is_primary is not None, 15, "the former primary to answer")
    # What was under way there when it went silent may still be committed.
    time.sleep(0.3)
    seen, begun = len(bed.proxy.log()), now()
    before = rows(node) if node.is_primary else None
    while now() - begun < seconds:
        if before is not None and node.is_primary:
            count = rows(node)
            bed.check(count in (before, None) or not node.is_primary,
                      f"O4: the former primary got {count and count - before} rows")
        status = bed.proxy.status()
        state = status.state(number) if status else "?"
        if state == "up" and not node.is_streaming:
            bed.check(False, "a former primary that does not stream is shown as up")
            break
        time.sleep(0.3)
    told = ("takes writes", "rogue", "was replaced as the primary", "not the primary")
    bed.note(former_primary=bed.states().state(number),
             rogue_reported=any(words in bed.proxy.log() for words in told))
    bed.check(bed.metrics["rogue_reported"] or seen == 0,
              "nobody is told of the former primary's return")


@scenario("T-4", "the primary's host vanishes and comes back", changes=1, lost=WINDOW,
          limits=dict(outage_w=10.0), needs_network="must")
def host_vanishes(bed):
    bed.load()
    bed.fault(1, 2)
    bed.network.link_down(0)
    bed.await_primary(1, 2)
    bed.pause(bed.span(50, 3))
    bed.network.link_up(0)
    is_left_alone(bed, 0, bed.span(20, 4))


def freeze_primary(bed):
    bed.load(settle=1.5)
    bed.fault(1, 2)
    bed.nodes[0].freeze()
    bed.await_primary(1, 2)
    bed.pause(bed.span(50, 1))
    bed.nodes[0].thaw()
    is_left_alone(bed, 0, bed.span(20, 2))


# Who reads there goes elsewhere after the first check that is missed, not after the verdict: that is
# a second until the check and one for its answer at most.
scenario("T-5", "the primary stands still and goes on later", changes=1, lost=WINDOW,
         limits=dict(outage_w=10.0, outage_r=2.5))(freeze_primary)
scenario("T-5s", "the primary stands still, synchronous replication", changes=1,
         synchronous=True, limits=dict(outage_w=10.0))(freeze_primary)


def crash(node):
    """One process of the server dies: the server ends all others and recovers."""
    victim = node.process("walwriter") or node.process("checkpointer")
    os.kill(victim, signal.SIGKILL)


@scenario("T-6", "the primary recovers from a crash", changes=0, limits=dict(outage_w=6.0))
def short_recovery(bed):
    bed.load()
    bed.fault(1, 2)
    begun = now()
    crash(bed.nodes[0])
    time.sleep(0.2)
    bed.until(lambda: bed.nodes[0].ask("SELECT 1", timeout=2) == 1, 30, "the end of recovery")
    bed.note(recovery=round(now() - begun, 2))
    bed.pause(bed.span(20, 4))
    bed.check("outage_w" not in bed.metrics or bed.proxy.failovers_begun == 0,
              "a failover was begun")


def catch_startup(node, seconds=15):
    """Stops the process that recovers the server; its pid."""
    deadline = now() + seconds
    while now() < deadline:
        for pid in processes.children(node.pid or 0):
            if "startup" in processes.title(pid):
                os.kill(pid, signal.SIGSTOP)
                return pid
    return None


@scenario("T-7", "the primary's recovery takes longer than anybody waits", changes=1, lost=WINDOW,
          settings=dict(health_check_start_grace=6), limits=dict(outage_w=20.0))
def long_recovery(bed):
    grace = 6
    bed.load()
    # More to replay, so that the process can be caught.
    bed.nodes[0].sql("INSERT INTO bulk SELECT repeat('x', 1000) FROM generate_series(1, 20000)",
                     database="ha", timeout=30)
    bed.fault(1, 2)
    begun = now()
    crash(bed.nodes[0])
    pid = catch_startup(bed.nodes[0])
    if not bed.check(pid is not None, "the recovering process was not caught"):
        return
    while now() - begun < grace - 1:
        bed.check(bed.proxy.failovers_begun == 0, "a failover within the grace")
        time.sleep(0.3)
    bed.await_primary(1, 2)
    bed.note(decided=round(now() - begun, 1))
    os.kill(pid, signal.SIGCONT)
    is_left_alone(bed, 0, bed.span(20, 3))


def state_of(bed, node):
    status = bed.proxy.status()
    return status.state(node) if status else None


@scenario("T-8", "a standby is killed while it serves reads, and comes back", changes=0,
          limits=dict(outage_w=0.5, outage_r=0.5), settings=dict(backend_weight1=5))
def standby_killed(bed):
    bed.load(read=6, settle=1.5)
    bed.fault(0, 2)
    port = bed.nodes[1].port
    bed.nodes[1].kill9()
    bed.pause(bed.span(20, 2))
    bed.until(lambda: state_of(bed, 1) == "down", 10, "the dead standby to be shown as down")
    begun = now()
    bed.nodes[1].start()
    bed.until(lambda: state_of(bed, 1) == "up", 20, "the standby to be attached")
    back = now()
    bed.note(attached_after=round(back - begun, 1))
    bed.pause(bed.span(10, 2.5))
    readers = bed.load_running.of("read")
    errors = sum(sum(client.errors.values()) for client in readers)
    bed.note(read_errors=errors)
    bed.check(errors == 0, f"{errors} reads failed: {[dict(c.errors) for c in readers]}")
    # Sessions opened before the fault that had read there.
    used = [c for c in readers if any(op.node == port and op.ended < bed.fault_at
                                      for op in c.operations) and len(c.sessions) == 1]
    again = [c for c in used if any(op.node == port and op.begun > back for op in c.operations)]
    bed.note(readers_there=len(used), readers_back=len(again))
    bed.check(used, "nobody had read there")
    bed.check(not used or again, "no session that was open uses the returned standby")


@scenario("T-9", "both standbys are lost, then the primary restarts", changes=0,
          limits=dict(outage_w=15.0))
def last_node(bed):
    bed.load()
    bed.fault()
    bed.nodes[1].kill9()
    bed.nodes[2].kill9()
    begun = now()
    bed.pause(bed.span(10, 3))
    writes = [op.ended for op in bed.load_running.successes("append", since=begun)]
    gap = max((b - a for a, b in zip([begun] + writes, writes + [now()])), default=99)
    bed.note(held_w_without_standbys=round(gap, 2))
    bed.check(gap < 1.0, f"writers waited {gap:.1f} s for standbys that are gone")
    writers = bed.load_running.of("append", "register")
    bed.check(not any(s["cut"] for c in writers for s in c.sessions),
              "O9: sessions on the primary were cut when standbys died")
    bed.nodes[0].stop("fast")
    down = now()
    bed.pause(bed.span(5, 2))
    bed.nodes[0].start()
    up = now()
    bed.await_writes(15)
    bed.note(down=round(up - down, 1), writes_after=round(now() - up, 2))
    bed.check(now() - up <= 3, f"writes only {now() - up:.1f} s after the restart")
    bed.pause(1)


@scenario("T-9s", "both standbys of a synchronous primary are lost and come back", changes=0,
          synchronous=True, limits=dict(outage_w=20.0))
def synchronous_alone(bed):
    bed.load()
    bed.fault(0)
    bed.nodes[1].kill9()
    bed.nodes[2].kill9()
    bed.pause(bed.span(10, 3))
    bed.nodes[1].start()
    bed.nodes[2].start()
    bed.await_writes(20)
    bed.pause(2)


@scenario("T-10", "the primary and the first candidate die together", changes=1, lost=WINDOW,
          limits=dict(outage_w=12.0))
def two_die(bed):
    bed.load()
    bed.fault(2)
    bed.nodes[0].kill9()
    bed.nodes[1].kill9()
    bed.await_primary(2)
    bed.pause(3)


def stop_promotion(bed):
    """Kills the primary; the standby that is asked to take over cannot. The others lag by a
    little, so that it is the one who is asked."""
    bed.load()
    stuck = bed.nodes[1].process("startup")
    other = bed.nodes[2].process("walreceiver")
    os.kill(stuck, signal.SIGSTOP)
    os.kill(other, signal.SIGSTOP)
    time.sleep(0.4)
    bed.fault(2)
    bed.nodes[0].kill9()
    os.kill(other, signal.SIGCONT)
    bed.until(lambda: "node 1 is asked to become the primary" in bed.proxy.log(), 20,
              "node 1 to be asked")
    return stuck


@scenario("T-11a", "the candidate dies during its promotion", changes=1, lost=WINDOW,
          limits=dict(outage_w=15.0))
def candidate_dies(bed):
    stop_promotion(bed)
    bed.nodes[1].kill9()
    bed.await_primary(2)
    bed.pause(3)


@scenario("T-11b", "the candidate does not get promoted in time, but later", changes=1,
          lost=WINDOW, limits=dict(outage_w=15.0))
def candidate_late(bed):
    stuck = stop_promotion(bed)
    bed.await_primary(2)
    os.kill(stuck, signal.SIGCONT)
    is_left_alone(bed, 1, bed.span(20, 4))


def first_lags(bed):
    if bed.network:
        bed.network.slow(1, 64, source=0)
        bed.load(append=6, pause=0.005, settle=bed.span(30, 5))
    else:
        bed.load(append=6, pause=0.005)
        os.kill(bed.nodes[1].process("walreceiver"), signal.SIGSTOP)
        time.sleep(2)
    received = "SELECT pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')::bigint"
    behind = bed.nodes[2].value(received) - bed.nodes[1].value(received)
    bed.note(behind_bytes=behind)
    bed.check(behind > 10000, f"node 1 is {behind} bytes behind only")
    bed.check(bed.proxy.status().is_up(0, 1, 2), f"before the fault: {bed.proxy.status()}")
    bed.fault(1, 2)
    bed.nodes[0].kill9()
    bed.await_primary(1, 2)
    if bed.network:
        bed.network.slow(1, 0, source=0)
    else:
        processes.send(bed.nodes[1].pids(), signal.SIGCONT)
    bed.pause(4)


@scenario("T-12a", "the standby with the lowest number lags: the other one is promoted", changes=1,
          lost=WINDOW, needs_network=True, limits=dict(outage_w=3.0))
def most_advanced(bed):
    first_lags(bed)
    bed.check(bed.proxy.openings == [2], f"promoted {bed.proxy.openings}, wanted node 2")


@scenario("T-12b", "the standby with the lowest number lags, and is promoted all the same",
          changes=1, lost=10 ** 6, needs_network="must", limits=dict(outage_w=6.0),
          settings=dict(failover_candidate_policy="node_id"))
def lowest_number(bed):
    first_lags(bed)
    bed.check(bed.proxy.openings == [1], f"promoted {bed.proxy.openings}, wanted node 1")
