"""J. Resources."""
import os
import shutil
import time

import psycopg2

from bed import WINDOW
from load import Failed, Session, now
from scenarios import scenario


def fill(path):
    """Takes all that is left of a small file system."""
    with open(path, "wb") as file:
        try:
            while True:
                file.write(bytes(1 << 16))
                file.flush()
        except OSError:
            pass


@scenario("T-70", "the proxy's disk is full", changes=0, needs_mounts=True, starts_proxy=False,
          limits=dict(outage_w=0.7, outage_r=0.7))
def proxy_disk_full(bed):
    disk = os.path.join(bed.folder, "disk")
    bed.small_disk(disk, 4)
    bed.new_proxy(log=os.path.join(disk, "proxy.log"), work_dir=disk, log_statement="on")
    bed.proxy.start()
    bed.proxy.await_state(lambda s: s.is_up(0, 1, 2), 20, "all nodes up")
    bed.load()
    bed.fault(0, 2)
    fill(os.path.join(disk, "filler"))
    bed.pause(bed.span(20, 2))
    bed.nodes[1].kill9()
    bed.proxy.await_state(lambda s: s.state(1) == "down", 10, "the dead standby to be out")
    bed.pause(1)
    bed.nodes[1].start()
    bed.proxy.await_state(lambda s: s.is_up(1), 20, "the standby to return")
    os.unlink(os.path.join(disk, "filler"))
    bed.pause(2)


def wal_disk(bed, megabytes):
    """Puts the primary's WAL on a disk of its own, and starts the cluster."""
    disk = os.path.join(bed.folder, "wal")
    bed.small_disk(disk, megabytes)
    wal = os.path.join(bed.nodes[0].data, "pg_wal")
    shutil.rmtree(os.path.join(disk, "pg_wal"), ignore_errors=True)
    shutil.copytree(wal, os.path.join(disk, "pg_wal"))
    for folder, _, files in os.walk(disk):
        bed.account.own(folder)
        for name in files:
            bed.account.own(os.path.join(folder, name))
    shutil.rmtree(wal)
    os.symlink(os.path.join(disk, "pg_wal"), wal)
    bed.start_servers()
    bed.start_proxy()
    return disk


def wal_full(bed):
    disk = wal_disk(bed, 256)
    bed.load()
    bed.fault(1, 2)
    fill(os.path.join(disk, "filler"))
    begun = now()
    while bed.proxy.failovers_begun == 0 and now() - begun < 40:
        try:
            bed.nodes[0].sql("INSERT INTO bulk SELECT repeat('x', 1000) "
                             "FROM generate_series(1, 20000)", database="ha", timeout=20)
        except psycopg2.Error:
            time.sleep(0.2)
    bed.check("No space left" in bed.nodes[0].log_tail(400), "the disk did not get full")
    bed.await_primary(1, 2)
    bed.pause(bed.span(20, 4))
    status = bed.proxy.status()
    bed.check(status.state(0) == "down", f"the full node is shown as {status.state(0)}")


scenario("T-71", "the primary's disk for WAL is full", changes=1, lost=WINDOW, needs_mounts=True,
         starts_servers=False, starts_proxy=False, limits=dict(outage_w=10.0))(wal_full)
scenario("T-71s", "the primary's disk for WAL is full, synchronous replication", changes=1,
         synchronous=True, needs_mounts=True, starts_servers=False, starts_proxy=False,
         limits=dict(outage_w=10.0))(wal_full)


@scenario("T-72", "the proxy may open few files", changes=0, descriptors=256,
          settings=dict(num_init_children=400, listen_backlog_multiplier=1))
def few_descriptors(bed):
    bed.load(append=2, register=1, mixed=0, read=2, idle=4)
    bed.fault(0, 2)
    opened, refused, begun = [], {}, now()
    while len(opened) + sum(refused.values()) < 300 and now() - begun < 60:
        try:
            session = Session(bed.proxy.port, 2)
            session.run("SELECT 1", 2)
            opened.append(session)
        except Failed as failure:
            refused[failure.code] = refused.get(failure.code, 0) + 1
            if sum(refused.values()) >= 5:
                break
    bed.note(opened=len(opened), refused_with=refused)
    bed.check(refused, "300 sessions fitted into 256 descriptors")
    bed.check(all("53300" in code for code in refused), f"new clients were told {refused}")
    bed.nodes[1].kill9()
    bed.proxy.await_state(lambda s: s.state(1) == "down", 10, "the dead standby to be out")
    status = bed.proxy.status()
    bed.check(status.is_up(0, 2), f"others are taken for dead: {status}")
    for session in opened:
        session.close()
    bed.pause(2)
    bed.check(bed.proxy.failovers_begun == 0, "a failover was begun")
