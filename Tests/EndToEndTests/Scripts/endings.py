"""What a session's end, and its first write, may and may not do."""
import time

from wire import *


def counted(port, table):
    session = Connection(port)
    session.query("begin")  # on the primary
    count = session.value("select count(*) from %s" % table)
    session.query("commit")
    session.terminate()
    return int(count)


def settles_at(port, table, wanted):
    deadline = time.time() + 10
    while time.time() < deadline:
        if counted(port, table) == wanted:
            time.sleep(0.3)
            break
        time.sleep(0.1)
    check(counted(port, table) == wanted, table, "has", counted(port, table), "not", wanted)


def half_batch(port):
    """A batch whose client dies before its Sync never happened."""
    owner = Connection(port)
    owner.query("drop table if exists half_batch; create table half_batch (a int)")
    session = Connection(port)
    for value in range(3):
        session.send(parse("", "insert into half_batch values (%d)" % value)
                     + bind("", "") + execute(""))
    session.send(FLUSH)
    session.expect("12C12C12C")
    session.abandon()
    time.sleep(0.5)
    check(counted(port, "half_batch") == 0, "half a batch was committed")
    owner.query("drop table half_batch")
    owner.terminate()


def goodbye(port):
    """A statement sent before Terminate runs to its end, though nobody reads its answer."""
    owner = Connection(port)
    owner.query("drop table if exists goodbye; create table goodbye (a int)")
    session = Connection(port)
    session.query("set application_name = 'leaving'")
    session.send(message(b"Q", text("insert into goodbye select 1 from pg_sleep(0.5)"))
                 + message(b"X"))
    settles_at(port, "goodbye", 1)
    session.abandon()
    owner.query("drop table goodbye")
    owner.terminate()


def query_ends_segment(port):
    """A Query behind messages without Sync ends their segment; nothing hangs."""
    session = Connection(port)
    session.send(parse("", "select 1") + bind("", "") + execute("")
                 + message(b"Q", text("select 2")))
    session.expect("12DC")
    check(session.drain() == [["2"]], "the second answer")
    check(session.value("select 3") == "3")
    session.terminate()


def deallocate(port):
    """SQL names statements that the protocol prepared, wherever that was."""
    session = Connection(port)
    session.send(parse("s1", "select 1") + bind("", "s1") + execute("") + SYNC)
    check(session.drain() == [["1"]])
    session.query("begin")
    session.query("deallocate s1")
    session.query("prepare s1 as select 2")
    check(session.value("execute s1") == "2")
    session.query("commit")
    session.terminate()


def drop_database(port):
    """Connections that only wait in the pool do not keep a database."""
    owner = Connection(port)
    owner.query("create database soon_gone")
    guest = Connection(port, database="soon_gone")
    guest.query("create table t (a int)")
    guest.terminate()
    time.sleep(0.3)
    owner.query("drop database soon_gone")
    owner.terminate()


def first_write_after_error(port):
    """A bad message does not take back what was said before it."""
    owner = Connection(port)
    owner.query("drop table if exists before_error; create table before_error (a int)")
    session = Connection(port)
    session.query("set application_name = 'bad'")
    session.send(message(b"Q", text("insert into before_error values (1)")) + b"\x01\0\0\0\x04")
    settles_at(port, "before_error", 1)
    session.abandon()
    owner.query("drop table before_error")
    owner.terminate()


main({f.__name__: f for f in [
    half_batch, goodbye, query_ends_segment, deallocate, drop_database, first_write_after_error]})
