"""K and L. Start-up, total loss and storms."""
import glob
import itertools
import os
import signal
import time

import processes
from bed import WINDOW
from load import Failed, Session, now
from proxy import Unmet
from scenarios import scenario


def write(bed, note, seconds=3):
    """One row through the proxy; the node that took it, or why nobody did."""
    try:
        session = Session(bed.proxy.port, seconds)
        node = session.run(f"INSERT INTO bulk VALUES ($${note}$$) "
                           "RETURNING current_setting('port')::int", seconds)[0][0]
        session.close()
        return bed.number(node)
    except Failed as failure:
        return failure.code


def power_off(bed):
    """All in one moment, so that nobody can decide anything in between."""
    pids = [pid for node in bed.nodes for pid in node.pids()]
    processes.send(pids, signal.SIGKILL)
    for node in bed.nodes:
        node.kill9()


def one_by_one(bed):
    """So that the next one may have been asked to take over when it dies."""
    for node in bed.nodes:
        node.kill9()
        time.sleep(0.05)


def await_last_primary(bed, order, primary):
    for number in order:
        bed.nodes[number].start(wait=False)
        bed.pause(bed.span(10, 3))
    try:
        bed.await_primary(primary, seconds=20)
        bed.await_writes(10)
    except Unmet as unmet:
        bed.check(False, f"node {primary} was the last primary: {unmet}")
    bed.note(last_primary=primary)


def every_order(bed, power_off):
    bed.fault()
    orders = list(itertools.permutations(range(3)))
    if not bed.options.full:
        orders = [(1, 2, 0), (2, 0, 1), (0, 1, 2)]
    for order in orders:
        words = "".join(map(str, order))
        power_off(bed)
        bed.pause(2)
        if bed.proxy.openings and bed.proxy.openings[-1] != 0:
            # Another one was the primary before it died as well: it is waited for like any other.
            return await_last_primary(bed, order, bed.proxy.openings[-1])
        for number in order:
            bed.nodes[number].start(wait=False)
            begun = now()
            bed.pause(bed.span(10, 3))
            if number == 0:
                up = begun
        try:
            bed.await_primary(0, seconds=20)
            bed.await_writes(10)
        except Unmet as unmet:
            bed.check(False, f"order {words}: {unmet}")
            return
        bed.note(**{f"writes_after_{words}": round(now() - up, 1)})
        try:
            bed.proxy.await_state(lambda s: s.is_up(0, 1, 2), 30, "all nodes up")
        except Unmet as unmet:
            bed.check(False, f"order {words}: {unmet}")
            return


@scenario("T-74a", "all servers are down at once and come back in every order", changes=0)
def at_once(bed):
    every_order(bed, power_off)


@scenario("T-74b", "all servers go down in turn and come back in every order", changes=None,
          lost=WINDOW)
def in_turn(bed):
    every_order(bed, one_by_one)


@scenario("T-75", "power loss of everything after a failover, the old primary is back first",
          changes=None, lost=WINDOW)
def old_primary_first(bed):
    bed.nodes[0].kill9()
    bed.await_primary(1, 2)
    primary = bed.proxy.openings[-1]
    bed.await_writes()
    bed.pause(1)
    bed.proxy.kill9()
    power_off(bed)
    bed.nodes[0].start()
    bed.proxy.start(wait=False)
    bed.pause(2)
    for number in range(3):
        taken = write(bed, f"too early {number}")
        bed.check(taken != 0, "O1: the old primary got a write")
    bed.note(told=taken)
    count = bed.nodes[0].value("SELECT count(*) FROM bulk WHERE filler LIKE 'too early%'",
                               database="ha")
    bed.check(count == 0, f"{count} rows on the old primary")
    bed.nodes[primary].start()
    bed.nodes[3 - primary].start(wait=False)
    bed.await_primary(primary, seconds=20)
    bed.await_writes(10)
    bed.check(write(bed, "in time") == primary, "writes go elsewhere")


def state_files(bed):
    """Our own state file and Pgpool-II's."""
    own = [path for path in glob.glob(os.path.join(bed.folder, "*"))
           if os.path.isfile(path) and "trunkline" in os.path.basename(path)
           and "log" not in os.path.basename(path)]
    return own, os.path.join(bed.folder, "pgpool_status")


@scenario("T-77", "the files with the nodes' states are damaged or old", changes=0)
def damaged_files(bed):
    own, legacy = state_files(bed)
    bed.note(files=[os.path.basename(path) for path in own], legacy=os.path.exists(legacy))
    bed.check(own, f"no state file among {os.listdir(bed.folder)}")
    with open(own[0], "rb") as file:
        good = file.read()

    def restart(what, change, *options, wanted=(0,)):
        bed.proxy.stop()
        change()
        bed.proxy.start(*options, wait=False)
        try:
            bed.await_primary(*wanted, seconds=10)
            taken = write(bed, what, 5)
            bed.check(taken == 0, f"{what}: the write went to {taken}")
        except Unmet as unmet:
            bed.check(False, f"{what}: {unmet}")

    def put(path, text):
        def change():
            for other in own + [legacy]:
                if os.path.exists(other):
                    os.unlink(other)
            with open(path, "wb") as file:
                file.write(text)
        return change

    restart("empty", put(own[0], b""))
    restart("truncated", put(own[0], good[:len(good) // 2]))
    restart("rubbish", put(own[0], os.urandom(200)))
    restart("all down in Pgpool-II's file", put(legacy, b"down\ndown\ndown\n"))
    restart("empty file of Pgpool-II", put(legacy, b""))
    restart("a standby down in Pgpool-II's file", put(legacy, b"up\ndown\nup\n"))
    status = bed.proxy.status()
    bed.check(status.state(1) == "down" or bed.proxy.settings["auto_failback"] == "on",
              f"a node that Pgpool-II had detached: {status}")
    restart("-D", put(legacy, b"up\ndown\nup\n"), "-D")
    bed.proxy.await_state(lambda s: s.is_up(0, 1, 2), 10, "all nodes up after -D")
    # An old primary: the recorded one wins over what the servers would suggest.
    bed.proxy.stop()
    bed.proxy.settings["work_dir"] = "/sys"
    bed.proxy.write_files()
    restart("a folder that cannot be written", lambda: None)


def promote_by_hand(bed):
    bed.proxy.stop()
    bed.nodes[1].sql("SELECT pg_promote()", timeout=30)
    bed.until(lambda: bed.nodes[1].is_primary, 10, "node 1 to be promoted")
    # Each shall have WAL of its own.
    bed.nodes[1].sql("CREATE TABLE strayed()", database="ha")


def two_primaries(bed, forget):
    bed.await_writes()
    bed.pause(1)
    promote_by_hand(bed)
    if forget:
        own, legacy = state_files(bed)
        for path in own + [legacy]:
            if os.path.exists(path):
                os.unlink(path)
    bed.proxy.start(wait=False)
    bed.pause(3)
    taken = [write(bed, "two", 5) for _ in range(3)]
    bed.note(taken=taken)
    bed.check(1 not in taken, f"writes went to the strayed server: {taken}")
    strayed = bed.nodes[1].value("SELECT count(*) FROM bulk WHERE filler = 'two'", database="ha")
    bed.check(strayed == 0, f"{strayed} rows on the strayed server")
    status = bed.proxy.status()
    bed.check(status.state(1) == "down", f"the strayed server is shown as {status.state(1)}")
    bed.check(taken == [0] * 3 or "primar" in bed.proxy.tail(20), "nothing explains the refusal")


@scenario("T-78a", "two primaries at the start, one of them recorded", changes=0)
def recorded(bed):
    two_primaries(bed, False)


@scenario("T-78b", "two primaries at the start, and no record", changes=0)
def unrecorded(bed):
    two_primaries(bed, True)


@scenario("T-85", "a file has nodes fail their health checks", changes=1, lost=WINDOW,
          settings=dict(health_check_test="on"))
def failing_by_request(bed):
    bed.load()
    bed.fault()
    path = os.path.join(bed.folder, "backend_down_request")

    def ask(node):
        with open(path, "w") as file:
            file.write(f"{node}\tdown\n")
        bed.proxy.await_state(lambda s: s.state(node) == "down", 10, f"node {node} to be down")

    ask(2)
    with open(path) as file:
        text = file.read()
    bed.check(text == "2\talready_down\n", f"the file says {text!r}")
    bed.pause(3)
    bed.check(bed.proxy.status().state(2) == "down", "it came back although its line is there")
    os.unlink(path)
    bed.proxy.await_state(lambda s: s.is_up(2), 15, "node 2 to be attached")
    ask(0)
    bed.await_primary(1, 2)
    bed.await_writes()
    # Its server runs on: it is restarted as a standby as soon as it is asked again.
    os.unlink(path)
    bed.until(lambda: not bed.nodes[0].is_primary, 15, "the former primary to be restarted")
    bed.pause(1)


@scenario("T-80a", "the primary restarts again and again", changes=0, limits=dict(outage_w=8.0),
          settings=dict(health_check_max_retries=8, health_check_retry_delay=1))
def restarts(bed):
    bed.load()
    bed.fault(1, 2)
    for _ in range(bed.span(10, 4)):
        bed.nodes[0].restart("fast")
        bed.pause(bed.span(20, 2))


@scenario("T-80b", "each new primary dies at once", changes=1, lost=WINDOW,
          settings=dict(failover_min_interval=60, failover_client_wait=12), breaks_idle=True)
def dying(bed):
    bed.load()
    bed.fault(1, 2)
    bed.nodes[0].kill9()
    primary = bed.await_primary(1, 2)
    bed.pause(bed.span(5, 2))
    bed.nodes[primary].kill9()
    bed.pause(6)
    bed.check(len(bed.proxy.openings) == 1, f"changes of the primary: {bed.proxy.openings}")
    bed.check("failover_min_interval" in bed.proxy.log(), "nothing tells why there is no failover")
    status = bed.proxy.status()
    bed.check(status.state(3 - primary) == "up", f"the last standby serves nobody: {status}")
    bed.nodes[primary].start()
    bed.await_primary(primary, seconds=20)
    bed.await_writes(10)
    bed.pause(1)


@scenario("T-80c", "the third change within a quarter of an hour waits for an operator",
          changes=None, lost=10 ** 6, settings=dict(failover_min_interval=1),
          breaks_idle=True, ends_writable=False)
def storm(bed):
    """Both standbys in turn become the primary; then nobody is left but the ones that fell."""
    bed.load(append=1, register=0, mixed=0, read=1, idle=0)
    bed.fault()
    bed.nodes[0].kill9()
    first = bed.await_primary(1, 2)
    bed.pause(2)
    bed.nodes[first].kill9()
    second = bed.await_primary(3 - first)
    bed.pause(2)
    status = bed.proxy.status()
    bed.check(status.is_up(second), f"with all others dead: {status}")
    bed.load_running.stop()
    bed.note(changes=bed.proxy.openings)
    bed.check(len(bed.proxy.openings) == 2, f"changes of the primary: {bed.proxy.openings}")
    time.sleep(0.2)
