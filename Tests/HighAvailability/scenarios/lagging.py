"""N. Replication state."""
import re
import time

from load import now
from scenarios import scenario


def reads_at(bed, node, since):
    return sum(1 for op in bed.load_running.successes("read", "probe_read", since=since)
               if op.node == node.port and op.begun >= since)


def avoided(bed, node, seconds, settle=3.0):
    """No read goes there, some seconds after the reason; how many did all the same."""
    bed.pause(settle)
    begun = now()
    bed.pause(seconds)
    return reads_at(bed, node, begun)


def replay_paused(bed):
    standby = bed.nodes[1]
    bed.load(read=6, settle=2)
    bed.check(reads_at(bed, standby, bed.load_running.begun) > 0, "no reads there beforehand")
    bed.fault(0, 1, 2)
    standby.sql("SELECT pg_wal_replay_pause()")
    stale = avoided(bed, standby, bed.span(20, 3), settle=4)
    bed.note(reads_beyond_threshold=stale)
    bed.check(stale == 0, f"{stale} reads from a standby that is too far behind")
    standby.sql("SELECT pg_wal_replay_resume()")
    bed.pause(3)
    begun = now()
    bed.pause(2)
    bed.check(reads_at(bed, standby, begun) > 0, "it gets no reads after it caught up")


scenario("T-87a", "replay is paused, limit in bytes", changes=0,
         settings=dict(delay_threshold=20000), limits=dict(outage_w=1.0, outage_r=1.0)
         )(replay_paused)
scenario("T-87b", "replay is paused, limit in time", changes=0,
         settings=dict(delay_threshold_by_time=1000), limits=dict(outage_w=1.0, outage_r=1.0)
         )(replay_paused)


@scenario("T-87c", "an idle primary is nobody's delay", changes=0,
          settings=dict(delay_threshold_by_time=1000))
def idle_primary(bed):
    bed.load(append=0, register=0, mixed=0, read=6, probes=False, idle=0, settle=4)
    begun = now()
    bed.pause(bed.span(20, 4))
    for node in bed.nodes[1:]:
        bed.check(reads_at(bed, node, begun) > 0, f"no reads from node {node.number}")


@scenario("T-88", "a standby's WAL receiver is dead: no reads, and no candidate", changes=1,
          lost=200, settings=dict(delay_threshold=10 ** 7), limits=dict(outage_w=4.0))
def receiver_dead(bed):
    standby = bed.nodes[1]
    bed.load(read=6, settle=2)
    bed.fault(1, 2)
    standby.sql("ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=1 user=nobody'")
    standby.sql("SELECT pg_reload_conf()")
    begun = now()
    bed.until(lambda: not standby.is_streaming, 10, "the standby to stop streaming")
    stale = avoided(bed, standby, bed.span(10, 3), settle=3)
    bed.note(reads_from_it=stale)
    bed.check(stale == 0, f"{stale} reads from a standby that does not stream")
    bed.nodes[0].kill9()
    bed.await_primary(1, 2)
    bed.check(bed.proxy.openings == [2], f"promoted {bed.proxy.openings}, wanted node 2")
    bed.note(noticed=round(now() - begun, 1))
    bed.pause(4)


@scenario("T-89", "a standby comes and goes", changes=0, limits=dict(outage_r=0.5, outage_w=0.5),
          settings=dict(auto_failback_interval=2))
def flapping_standby(bed):
    bed.load(read=6)
    bed.fault(0, 2)
    rounds = bed.span(20, 6)
    for _ in range(rounds):
        bed.nodes[1].kill9()
        bed.pause(0.5)
        bed.nodes[1].start()
        bed.pause(bed.span(15, 2.5))
    attached = len(re.findall(r"auto_failback: node 1 .* is attached", bed.proxy.log()))
    errors = {code: n for c in bed.load_running.of("read") for code, n in c.errors.items()}
    bed.note(attached=attached, restarts=rounds, read_errors=errors)
    bed.check(not errors, f"reads failed: {errors}")
    bed.check(1 <= attached < rounds, f"attached {attached} times at {rounds} restarts")
    time.sleep(0.1)
