"""What client A leaves behind must be invisible to client B."""
import time

from wire import *

# Columns of SHOW POOL_POOLS.
BACKEND_PID, CONNECTED = 14, 15

DIRT = """
    set work_mem = '7MB'; set search_path = pg_catalog, nowhere; set timezone = 'Asia/Tokyo';
    create temp table left_behind (a int);
    prepare left_statement as select 1;
    select pg_advisory_lock(4711);
    listen left_channel;
    declare left_cursor cursor with hold for select 1;
"""


def make_dirt(session):
    session.query(DIRT)
    session.send(parse("left_protocol", "select 1") + SYNC)
    session.drain()


def check_clean(port, where):
    session = Connection(port)
    try:
        check(session.status == b"I", where, "status", session.status)
        for name, wrong in [("work_mem", "7MB"), ("timezone", "Asia/Tokyo")]:
            check(session.value("show " + name) != wrong, where, name)
        check(session.parameters["TimeZone"] != "Asia/Tokyo", where, session.parameters)
        check("nowhere" not in session.value("show search_path"), where, "search_path")
        for question, what in [
            ("select count(*) from pg_class where relname = 'left_behind' "
             "and pg_table_is_visible(oid)", "temporary table"),
            ("select count(*) from pg_prepared_statements", "prepared statement"),
            ("select count(*) from pg_cursors where name <> ''", "cursor"),
            ("select count(*) from pg_listening_channels()", "channel"),
            ("select count(*) from pg_locks where locktype = 'advisory'", "advisory lock"),
        ]:
            check(session.value(question) == "0", where, what)
        session.query("begin; create temp table left_behind (b int); rollback")
        check(session.value("select pg_try_advisory_lock(4711)") == "t", where, "lock")
        session.query("select pg_advisory_unlock(4711)")
        check(not session.notifications, where, session.notifications)
    finally:
        session.terminate()


def plain(session):
    pass


def transaction(session):
    session.query("begin; select 1")
    check(session.status == b"T")


def aborted_transaction(session):
    try:
        session.query("begin; select 1 / 0")
    except ServerError as error:
        check(error.sqlstate == "22012")
    check(session.status == b"E")


def copy_in(session):
    session.query("create temp table sink (a int)")
    session.send(message(b"Q", text("copy sink from stdin")))
    session.expect("G")
    session.send(message(b"d", b"1\n"))


def copy_out(session):
    session.send(message(b"Q", text("copy (select generate_series(1, 300000)) to stdout")))
    session.expect("H")


def pipeline(session):
    one = parse("", "select $1::int") + bind("", "", 1) + execute("")
    session.send(one * 10 + FLUSH)
    session.expect("12")


def failed_pipeline(session):
    session.send(parse("", "select nonsense") + bind("", "") + execute("") + parse("", "select 1"))


def half_message(session):
    session.send(message(b"Q", text("select 1"))[:-3])


WAYS = [plain, transaction, aborted_transaction, copy_in, copy_out, pipeline, failed_pipeline,
        half_message]


def leave(port):
    """Every state to leave in, with goodbye and without; the next clients see none of it."""
    for way in WAYS:
        for ending in ("terminate", "abandon"):
            where = "%s, %s" % (way.__name__, ending)
            session = Connection(port)
            make_dirt(session)
            way(session)
            if ending == "terminate" and way is half_message:
                continue
            getattr(session, ending)()
            # The lock goes with the connection or its reset, which takes a moment after a silent death.
            deadline = time.monotonic() + 10
            while True:
                try:
                    check_clean(port, where)
                    break
                except AssertionError as error:
                    if "lock" not in str(error) or time.monotonic() > deadline:
                        raise
                    time.sleep(0.05)


def wait_until_parked(port):
    """Until a server connection without a client is there, clean."""
    watcher = Connection(port)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        rows = watcher.query("show pool_pools")
        if any(row[CONNECTED] == "0" and row[BACKEND_PID] != "0" for row in rows):
            break
        time.sleep(0.02)
    watcher.terminate()


def reuse(port):
    """A clean goodbye leaves its server connection to the next client."""
    pids = set()
    for _ in range(10):
        session = Connection(port)
        pids.add(session.value("select pg_backend_pid()"))
        session.terminate()
        # It is cleaned up after its client has gone.
        wait_until_parked(port)
    check(len(pids) <= 2, "ten short sessions used", len(pids), "server connections")


def reuse_none(port):
    """connection_cache = off: every session has a server connection of its own."""
    pids = set()
    for _ in range(5):
        session = Connection(port)
        pids.add(session.value("select pg_backend_pid() from pg_class limit 1"))
        session.terminate()
    check(len(pids) == 5, pids)


def own_settings(port):
    """Startup settings belong to the session that brought them, on whichever connection."""
    for zone in ["Europe/Berlin", "Asia/Tokyo", "Europe/Berlin", "UTC"]:
        session = Connection(port, TimeZone=zone, application_name="app " + zone)
        check(session.parameters["TimeZone"] == zone, zone, session.parameters)
        check(session.parameters["application_name"] == "app " + zone, session.parameters)
        check(session.value("show timezone") == zone)
        check(session.value("show application_name") == "app " + zone)
        session.terminate()


main({f.__name__: f for f in [leave, reuse, reuse_none, own_settings]})
