"""C. Client sessions."""
import os
import signal
import threading
import time

import wire
from bed import WINDOW
from load import Failed, Session, now
from scenarios import scenario
from zoo import KEPT, Connection, Zoo


@scenario("T-22", "the session zoo when a standby vanishes and returns", changes=0,
          needs_network=True, limits=dict(outage_w=3.0))
def zoo_and_standby(bed):
    bed.load(append=2, register=1, mixed=1, read=2, idle=6, settle=0.5)
    zoo = Zoo(bed.proxy.port)
    bed.fault(0, 2)
    if bed.network:
        bed.network.link_down(1)
    else:
        bed.nodes[1].freeze()
    bed.proxy.await_state(lambda s: s.state(1) == "down", 15, "the standby to be down")
    bed.pause(bed.span(20, 0.5))
    if bed.network:
        bed.network.link_up(1)
    else:
        bed.nodes[1].thaw()
    bed.until(lambda: bed.proxy.status().is_up(1), 40, "the standby to return")
    zoo.judge(bed, kept_only=True)


def zoo_and_primary(bed, strict):
    bed.load(append=2, register=1, mixed=1, read=2, idle=6)
    zoo = Zoo(bed.proxy.port, strict)
    # Writes that wait for a lock, so that the fault meets them under way.
    locker = Session(bed.proxy.port)
    locker.run("BEGIN")
    locker.run("INSERT INTO registers VALUES (99, 0)")
    waiting = [Connection(bed.proxy.port) for _ in range(4)]
    for connection in waiting:
        connection.send(wire.message(b"Q", wire.text("INSERT INTO registers VALUES (99, 1)")))
    time.sleep(0.3)
    bed.fault(1, 2)
    bed.nodes[0].kill9()
    bed.await_primary(1, 2)
    for connection in waiting:
        try:
            connection.drain()
            bed.check(False, "O9: a write whose server died was acknowledged")
        except wire.ServerError as error:
            bed.check(error.sqlstate == "08007", f"O9: a write under way: {error}")
        except (wire.Closed, OSError) as error:
            bed.check(False, f"O9, HF-20: a write under way: closed without a word ({error})")
        connection.handle.close()
    zoo.judge(bed)
    locker.close()
    bed.pause(1)


@scenario("T-23a", "the session zoo when the primary dies", changes=1, lost=WINDOW,
          limits=dict(outage_w=3.0))
def strict_zoo(bed):
    zoo_and_primary(bed, True)


@scenario("T-23b", "the session zoo when the primary dies, state is given up", changes=1,
          lost=WINDOW, limits=dict(outage_w=3.0), settings=dict(failover_session_state="replay"))
def replaying_zoo(bed):
    zoo_and_primary(bed, False)


class Late(threading.Thread):
    """Logs in, writes one row, leaves."""

    def __init__(self, port, number):
        super().__init__(daemon=True)
        self.port, self.number, self.ended, self.failure = port, number, None, None

    def run(self):
        try:
            session = Session(self.port)
            session.run(f"INSERT INTO appended(client, seq) VALUES ({9000 + self.number}, 1)")
            session.close()
        except Failed as failure:
            self.failure = failure
        self.ended = now()


def delay_promotion(bed):
    """No standby can take over; returns what lets them."""
    stopped = [node.process("startup") for node in bed.nodes[1:]]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    return lambda: [os.kill(pid, signal.SIGCONT) for pid in stopped]


@scenario("T-24", "a crowd waits for a primary", changes=1, lost=WINDOW,
          settings=dict(num_init_children=80, reserved_connections=0,
                        listen_backlog_multiplier=10))
def crowd(bed):
    bed.load(append=1, register=0, mixed=0, read=1, idle=4)
    let_go = delay_promotion(bed)
    bed.fault(1, 2)
    bed.nodes[0].kill9()
    threading.stack_size(512 * 1024)
    late = [Late(bed.proxy.port, number) for number in range(500)]
    for one in late:
        one.start()
    time.sleep(2)
    bed.check(all(one.ended is None or one.failure for one in late), "somebody wrote")
    let_go()
    bed.await_primary(1, 2)
    opened = now()
    peak = 0
    node = bed.primary_server()
    while any(one.ended is None for one in late) and now() - opened < 40:
        peak = max(peak, node.ask("SELECT count(*) FROM pg_stat_activity "
                                  "WHERE backend_type = 'client backend'", 0, timeout=3))
        time.sleep(0.2)
    failures = [str(one.failure) for one in late if one.failure]
    drained = max((one.ended or now() + 99) for one in late) - opened
    bed.note(drained=round(drained, 1), peak_connections=peak, refused=len(failures))
    bed.check(not failures, f"{len(failures)} of 500 were refused: {failures[:2]}")
    bed.check(drained <= bed.span(5, 15), f"the crowd needed {drained:.1f} s")


@scenario("T-25", "cancel requests while the primary changes", changes=1, lost=WINDOW,
          settings=dict(backend_weight0=0, read_only_function_list="pg_sleep,current_setting"))
def cancels(bed):
    bed.load(append=1, register=0, mixed=0, read=1, idle=2)
    sleeping = [Connection(bed.proxy.port) for _ in range(8)]
    for connection in sleeping:
        connection.send(wire.message(b"Q", wire.text("SELECT 1 FROM pg_sleep(6)")))
    waiting = [Connection(bed.proxy.port) for _ in range(8)]
    time.sleep(0.3)
    let_go = delay_promotion(bed)
    bed.fault(1, 2)
    bed.nodes[0].kill9()
    time.sleep(0.5)
    for number, connection in enumerate(waiting):
        connection.send(wire.message(b"Q", wire.text(
            f"INSERT INTO bulk VALUES ('waiting {number}')")))
    time.sleep(0.3)
    everybody = sleeping + waiting
    own, foreign = everybody[::2], everybody[1::2]
    for connection in foreign:
        connection.secret = bytes(255 - byte for byte in connection.secret)
        connection.cancel()
    for connection in own:
        connection.cancel()

    def ended(connection):
        try:
            connection.drain()
            return KEPT
        except wire.ServerError as error:
            return error.sqlstate
        except (wire.Closed, OSError) as error:
            return f"closed: {error}"
    fates = [ended(connection) for connection in own if connection in sleeping]
    bed.check(fates == ["57014"] * 4, f"cancelled reads ended with {fates}")
    let_go()
    waited = [ended(connection) for connection in own if connection in waiting]
    bed.check(waited == ["57014"] * 4, f"cancelled writes that waited ended with {waited}")
    others = [ended(connection) for connection in foreign]
    bed.note(cancelled=fates + waited, foreign=others)
    bed.check(all(fate == KEPT for fate in others), f"foreign cancels: {others}")
    bed.await_primary(1, 2)
    bed.pause(1)
