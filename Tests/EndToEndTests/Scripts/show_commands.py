"""Statements that the proxy answers itself: SHOW POOL_... and PGPOOL ..."""
import struct
import time

from wire import *

COLUMNS = {
    "pool_status": "item value description",
    "pool_nodes": "node_id hostname port status pg_status lb_weight role pg_role select_cnt "
                  "load_balance_node replication_delay replication_state "
                  "replication_sync_state last_status_change",
    "pool_processes": "pool_pid start_time client_connection_count database username "
                      "backend_connection_time pool_counter status",
    "pool_pools": "pool_pid start_time client_connection_count pool_id backend_id database "
                  "username backend_connection_time client_connection_time "
                  "client_disconnection_time client_idle_duration majorversion minorversion "
                  "pool_counter pool_backendpid pool_connected status load_balance_node "
                  "client_host client_port statement",
    "pool_version": "pool_version",
    "pool_cache": "num_cache_hits num_selects cache_hit_ratio num_hash_entries "
                  "used_hash_entries num_cache_entries used_cache_entries_size "
                  "free_cache_entries_size fragment_cache_entries_size",
    "pool_health_check_stats": "node_id hostname port status role last_status_change "
                               "total_count success_count fail_count skip_count retry_count "
                               "average_retry_count max_retry_count max_duration min_duration "
                               "average_duration last_health_check last_successful_health_check "
                               "last_skip_health_check last_failed_health_check",
    "pool_backend_stats": "node_id hostname port status role select_cnt insert_cnt update_cnt "
                          "delete_cnt ddl_cnt other_cnt panic_cnt fatal_cnt error_cnt",
}


def described(body):
    """The columns of a RowDescription: name and the numbers behind it."""
    count, = struct.unpack("!H", body[:2])
    position, columns = 2, []
    for _ in range(count):
        end = body.index(b"\0", position)
        columns.append((body[position:end].decode(), struct.unpack("!IHIhIH", body[end + 1:end + 19])))
        position = end + 19
    check(position == len(body), "RowDescription of", len(body), "bytes")
    return columns


def results(session, sql):
    """Simple query: columns, rows and tag of each result."""
    session.send(message(b"Q", text(sql)))
    return received(session)


def received(session):
    found, error = [], None
    while True:
        kind, body = session.receive()
        if kind == b"T":
            found.append([described(body), [], None])
        elif kind == b"D":
            found[-1][1].append(row(body))
        elif kind == b"C":
            tag = body[:-1].decode()
            if found and found[-1][2] is None:
                found[-1][2] = tag
            else:
                found.append([None, [], tag])
        elif kind == b"E":
            error = ServerError(fields(body))
        elif kind == b"Z":
            if error:
                raise error
            return found


def one(session, sql):
    found = results(session, sql)
    check(len(found) == 1, sql, "gave", found)
    columns, rows, tag = found[0]
    check(tag == "SELECT %d" % len(rows), tag)
    return [dict(zip([name for name, _ in columns], values)) for values in rows]


def refused(session, sql, code, part=""):
    for send in (session.query, session.extended):
        try:
            send(sql)
        except ServerError as error:
            check(error.sqlstate == code and part in str(error), sql, error)
            continue
        check(False, sql, "was no error")


def shapes(port):
    """Each report has its columns, its numbers and no nulls."""
    session = Connection(port)
    for name, columns in COLUMNS.items():
        for sql in ("SHOW " + name, "/* x */ show\n" + name.upper() + " ; ;"):
            (found, rows, tag), = results(session, sql)
            check([n for n, _ in found] == columns.split(), name, found)
            for index, (_, numbers) in enumerate(found):
                check(numbers == (0, index, 0, -1, 0, 0), name, numbers)
            check(tag == "SELECT %d" % len(rows) and rows, name, tag)
            for values in rows:
                check(len(values) == len(found) and None not in values, name, values)
        check(session.status == b"I")
    check(session.value("select 1") == "1")
    session.terminate()


def foreign(port):
    """What is not exactly a command of ours is answered by a server, in its own words."""
    session = Connection(port)
    for sql, code in [("show pool_xyz", "42704"), ('show "POOL_NODES"', "42704"),
                      ("pgpool foo", "42601"), ("pgpool set x", "42601"),
                      ("show pool_nodes, pool_version", "42601"), ("show pool_nodes.x", "42704")]:
        refused(session, sql, code)
    check(session.query("") == [])
    check(session.value("show server_encoding") == "UTF8")
    session.terminate()


def nodes(port):
    """The nodes as they are, one of them the session's reader."""
    session = Connection(port)
    found = one(session, "show pool_nodes")
    check([n["role"] for n in found] == ["primary", "standby"], found)
    check(all(n["status"] == "up" and n["pg_status"] == "up" for n in found), found)
    check([n["pg_role"] for n in found] == ["primary", "standby"], found)
    check([n["node_id"] for n in found] == ["0", "1"], found)
    check(sorted(n["load_balance_node"] for n in found) == ["false", "true"], found)
    check(sum(float(n["lb_weight"]) for n in found) > 0.999, found)
    check(all(len(n["last_status_change"]) == 19 for n in found), found)
    before = [int(n["select_cnt"]) for n in found]
    reader = [n["load_balance_node"] for n in found].index("true")
    for _ in range(5):
        session.query("select 1")
    after = [int(n["select_cnt"]) for n in one(session, "show pool_nodes")]
    check(after[reader] == before[reader] + 5, before, after)
    stats = one(session, "show pool_backend_stats")
    check([int(n["select_cnt"]) for n in stats] == after, stats)
    errors = sum(int(n["error_cnt"]) for n in stats)
    try:
        session.query("select 1/0")
    except ServerError:
        pass
    stats = one(session, "show pool_backend_stats")
    check(sum(int(n["error_cnt"]) for n in stats) == errors + 1, stats)
    session.terminate()


def status(port):
    """The transaction status is true, and a failed transaction answers nothing."""
    session = Connection(port)
    one(session, "show pool_nodes")
    check(session.status == b"I")
    session.query("begin")
    one(session, "show pool_nodes")
    check(session.status == b"T", session.status)
    check(session.extended("show pool_version") and session.status == b"T")
    refused(session, "pgpool show nonsense", "XX000")
    check(session.status == b"T", "an error of ours failed the transaction", session.status)
    session.query("select 1")
    try:
        session.query("select 1/0")
    except ServerError:
        pass
    for sql in ("show pool_nodes", "pgpool set log_statement to on", "show pool_processes"):
        refused(session, sql, "25P02", "current transaction is aborted")
        check(session.status == b"E", session.status)
    try:
        session.query("show pool_version; select 1")
        check(False, "no error")
    except ServerError as error:
        check(error.sqlstate == "25P02" and session.status == b"E", error, session.status)
    session.query("rollback")
    check(one(session, "pgpool show log_statement") == [{"log_statement": "off"}])
    check(session.status == b"I")
    session.terminate()


def several(port):
    """Nothing of a message with several statements is swallowed."""
    session = Connection(port)
    found = results(session, "show pool_version; pgpool show port ;; pgpool set log_statement = off")
    check([tag for _, _, tag in found] == ["SELECT 1", "SELECT 1", "SET"], found)
    check(found[1][1] == [[str(port)]], found)
    session.query("drop table if exists swallowed")
    for sql in ("show pool_nodes; create table swallowed (a int)",
                "create table swallowed (a int); show pool_nodes",
                "select 1; pgpool set log_statement to on; select 2"):
        try:
            session.query(sql)
            check(False, sql, "was no error")
        except ServerError as error:
            check(error.sqlstate == "0A000", error)
        check(session.status == b"I")
    check(session.value("select to_regclass('swallowed') is null") == "t")
    check(one(session, "pgpool show log_statement") == [{"log_statement": "off"}])
    # The first error ends the message.
    session.send(message(b"Q", text("pgpool show port; pgpool show nonsense; pgpool show port")))
    session.expect("TDCEZ")
    session.terminate()


def order(port):
    """Answers of ours and of servers come in the order of the questions, whatever is on its way."""
    session = Connection(port)
    query = lambda sql: message(b"Q", text(sql))
    session.send(query("select pg_sleep(0.2), 1") + query("show pool_version") + query("select 2")
                 + query("show pool_processes") + query("select 3"))
    firsts = []
    for _ in range(5):
        firsts.append(session.drain()[0][-1])
    check(firsts[0] == "1" and firsts[2] == "2" and firsts[4] == "3", firsts)
    check("trunkline" in firsts[1] and len(firsts[3]) > 3, firsts)
    # Byte by byte.
    for byte in query("/* c */ show pool_version") + query("select 5"):
        session.send(bytes([byte]))
        time.sleep(0.001)
    check("trunkline" in session.drain()[0][0] and session.drain() == [["5"]])
    # Between the rows of a pipeline.
    one_segment = parse("", "select 7") + bind("", "") + execute("") + SYNC
    ours = parse("", "show pool_pools") + bind("", "") + execute("") + SYNC
    session.send((one_segment + ours) * 20)
    for _ in range(20):
        check(session.drain() == [["7"]])
        check(len(session.drain()[0]) == 21)
    # COPY data behind it belongs to the COPY.
    session.query("create temp table order_t (a int)")
    session.send(query("copy order_t from stdin") + message(b"d", b"show pool_nodes\n")
                 + message(b"c") + query("show pool_version"))
    try:
        session.drain()
        check(False, "text was copied into an integer")
    except ServerError as error:
        check(error.sqlstate == "22P02", error)
    check("trunkline" in session.drain()[0][0])
    session.terminate()


def bound(port):
    """A session that is bound to the primary asks the same way."""
    session = Connection(port)
    session.query("create temp table bound_t (a int)")
    check(session.query("insert into bound_t values (1)") == [])
    check(len(one(session, "show pool_nodes")) == 2)
    check("trunkline" in session.extended("show pool_version")[0][0])
    check(session.value("select a from bound_t") == "1")
    session.send(parse("s", "show pool_version") + SYNC)
    session.expect("1Z")
    session.send(bind("", "s") + execute("") + SYNC)
    session.expect("2DCZ")
    check(session.extended("select a from bound_t") == [["1"]])
    refused(session, "show pool_xyz", "42704")
    # A server's statement is closed by the message that asks us.
    session.send(parse("theirs", "select 1") + SYNC)
    session.expect("1Z")
    session.send(message(b"C", b"S" + text("theirs")) + parse("", "show pool_version")
                 + bind("", "") + execute("") + SYNC)
    session.expect("312DCZ")
    check(session.value("select count(*) from pg_prepared_statements where name = 'theirs'") == "0")
    session.terminate()


def extended(port):
    """Names, portals, errors and silence of the extended protocol."""
    session = Connection(port)
    # Unnamed, described, in text and in binary.
    session.send(parse("", "show pool_nodes") + bind("", "") + describe(b"P", "") + execute("") + SYNC)
    bodies = session.expect("12TDDCZ")
    columns = described(bodies[2])
    check([n for n, _ in columns] == COLUMNS["pool_nodes"].split(), columns)
    check([numbers for _, numbers in columns]
          == [(0, i, 25, -1, 0, 0) for i in range(len(columns))], columns)
    binary = message(b"B", text("") + text("") + struct.pack("!HHHH", 0, 0, 1, 1))
    session.send(parse("", "show pool_version") + binary + describe(b"P", "") + execute("") + SYNC)
    bodies = session.expect("12TDCZ")
    check(described(bodies[2])[0][1] == (0, 0, 25, -1, 0, 1), bodies[2])
    # Named, described, executed again and again, closed.
    session.send(parse("mine", "SHOW pool_version") + describe(b"S", "mine") + SYNC)
    bodies = session.expect("1tTZ")
    check(bodies[1] == b"\0\0", bodies[1])
    for _ in range(3):
        session.send(bind("", "mine") + execute("") + SYNC)
        session.expect("2DCZ")
        check(session.extended("select 1") == [["1"]])
    session.send(parse("setting", "pgpool set log_statement to off") + describe(b"S", "setting") + SYNC)
    session.expect("1tnZ")
    session.send(bind("", "setting") + describe(b"P", "") + execute("") + SYNC)
    check(session.expect("2nCZ")[2] == b"SET\0")
    session.send(message(b"C", b"S" + text("mine")) + SYNC)
    session.expect("3Z")

    def fails(sent, code):
        session.send(sent)
        try:
            session.drain()
        except ServerError as error:
            check(error.sqlstate == code, error)
            return
        check(False, "no error", code)

    fails(bind("", "mine") + execute("") + SYNC, "26000")
    fails(parse("setting", "show pool_version") + SYNC, "42P05")
    fails(parse("", "show pool_version; show pool_nodes") + SYNC, "42601")
    fails(parse("", "show pool_version; select 1") + SYNC, "42601")
    fails(parse("", "show pool_version") + bind("", "", 1) + execute("") + SYNC, "08P01")
    fails(parse("", "pgpool show nonsense") + bind("", "") + describe(b"P", "") + execute("") + SYNC, "XX000")
    fails(parse("", "show pool_version") + bind("", "") + execute("") + parse("", "select 1")
          + bind("", "") + execute("") + SYNC, "0A000")
    fails(parse("", "select 1") + bind("", "") + execute("") + parse("", "show pool_version")
          + bind("", "") + execute("") + SYNC, "0A000")
    # A server's name takes the place of ours.
    session.send(parse("", "show pool_version") + SYNC)
    session.expect("1Z")
    session.send(parse("", "select 8") + bind("", "") + execute("") + SYNC)
    check(session.drain() == [["8"]])
    session.send(bind("", "") + execute("") + SYNC)
    check(session.drain() == [["8"]])
    # Several of ours in one segment, Flush, and silence behind an error until the Sync.
    one_of = lambda sql: parse("", sql) + bind("", "") + execute("")
    session.send(one_of("show pool_version") + one_of("show pool_processes") + SYNC)
    check(session.expect("12DC")[2] and session.expect("12")[0] == b"")
    session.drain()
    session.send(parse("", "show pool_pools") + FLUSH)
    session.expect("1")
    session.send(bind("", "") + FLUSH)
    session.expect("2")
    session.send(execute("") + SYNC)
    check(len(session.drain()) >= 2)
    session.send(parse("", "pgpool show nonsense") + bind("", "") + execute("") + FLUSH)
    session.expect("12E")
    session.send(message(b"Q", text("select 1")) + parse("", "select 1") + FLUSH + SYNC)
    session.expect("Z")
    check(session.value("select 9") == "9")
    # A Query ends the segment before it.
    session.send(parse("", "show pool_version") + FLUSH)
    session.expect("1")
    check(session.value("select 10") == "10")
    # Portals with a row limit live as long as their transaction.
    session.query("begin")
    session.send(parse("", "pgpool show backend") + bind("door", "") + execute("door", 3) + SYNC)
    session.expect("12DDDsZ")
    check(session.status == b"T")
    session.send(execute("door", 100) + SYNC)
    rows = session.drain()
    check(len(rows) == 9, len(rows))
    session.query("commit")
    fails(execute("door", 100) + SYNC, "34000")
    session.query("discard all")
    fails(bind("", "setting") + SYNC, "26000")
    session.terminate()


def begun(port):
    """BEGIN comes in one segment with a statement of ours, as pgJDBC sends it."""
    session = Connection(port)
    one_of = lambda sql: parse("", sql) + bind("", "") + execute("")
    session.send(one_of("begin") + one_of("show pool_version") + SYNC)
    check(session.expect("12C12DCZ")[2] == b"BEGIN\0" and session.status == b"T")
    session.query("create temp table begun_t (a int) on commit drop; select 1")
    check(session.status == b"T" and session.value("select count(*) from begun_t") == "0")
    session.query("commit")
    check(session.value("select to_regclass('begun_t') is null") == "t")
    session.terminate()
    session = Connection(port)
    session.send(one_of("begin") + one_of("show pool_version") + SYNC)
    session.expect("12C12DCZ")
    session.query("rollback")
    check(session.status == b"I")
    session.terminate()


def sessions(port):
    """All sessions of all workers are there, with what they do."""
    crowd = [Connection(port) for _ in range(40)]
    busy, waiting, asking = crowd[0], crowd[1], crowd[2]
    busy.send(message(b"Q", text("select pg_sleep(3)")))
    waiting.query("begin; select 1")
    pids = {waiting.pid: waiting.value("select pg_backend_pid()")}
    time.sleep(0.2)
    found = one(asking, "show pool_processes")
    own = {p["pool_pid"]: p for p in found if p["database"]}
    check(set(own) == {str(c.pid) for c in crowd}, sorted(own))
    check(len(found) == 100, len(found))
    free = [p for p in found if not p["database"]]
    check(len(free) == 60 and {p["status"] for p in free} == {"Wait for connection"}, free[0])
    check(own[str(busy.pid)]["status"] == "Execute command", own[str(busy.pid)])
    check(own[str(waiting.pid)]["status"] == "Idle in transaction", own[str(waiting.pid)])
    check(own[str(asking.pid)]["status"] == "Execute command", own[str(asking.pid)])
    check(own[str(crowd[3].pid)]["status"] == "Idle", own[str(crowd[3].pid)])
    check(own[str(busy.pid)]["username"] == "postgres" and own[str(busy.pid)]["database"] == "e2e")
    pools = one(asking, "show pool_pools")
    used = [p for p in pools if p["pool_connected"] == "1"]
    check(len([p for p in pools if p["pool_pid"] in own]) == 80, len(pools))
    check([p["pool_backendpid"] for p in used if p["pool_pid"] == str(waiting.pid)]
          == [pids[waiting.pid]], used)
    check(all(p["client_host"] == "127.0.0.1" and p["client_port"] for p in used), used[0])
    busy.drain()
    for session in crowd:
        if session is not asking:
            session.terminate()
    deadline = time.monotonic() + 10
    while True:
        found = one(asking, "show pool_pools")
        idle = [p for p in found if p["pool_connected"] == "0" and p["pool_backendpid"] != "0"]
        if len({p["pool_pid"] for p in found}) == 2 and idle:
            break
        check(time.monotonic() < deadline, found)
        time.sleep(0.05)
    check(all(p["client_disconnection_time"] and p["database"] == "e2e" for p in idle), idle[0])
    asking.terminate()


def settings(port):
    """PGPOOL SHOW, SET and RESET, for this session alone."""
    session, other = Connection(port), Connection(port)
    everything = one(session, "pgpool show all")
    check(len(everything) > 180 and list(everything[0]) == ["item", "value", "description"],
          len(everything))
    check(one(session, "PGPOOL SHOW Port") == [{"port": str(port)}])
    check(one(session, "pgpool show backend_port0")[0]["backend_port0"].isdigit())
    check(len(one(session, "pgpool show backend_port")) == 2)
    status_rows = {r["item"]: r["value"] for r in one(session, "show pool_status")}
    check(status_rows["port"] == str(port) and status_rows["backend_status1"] == "up", status_rows)
    check(status_rows["log_statement"] == "0", status_rows)
    show = lambda s, name: one(s, "pgpool show " + name)[0][name]
    for name, value, shown in [
            ("log_statement", "on", "on"), ("client_idle_limit", "'5min'", "5min"),
            ("client_min_messages", "warning", "warning"), ("log_min_messages", "debug1", "debug1"),
            ("log_error_verbosity", "verbose", "verbose"), ("check_unlogged_table", "false", "off"),
            ("client_idle_limit_in_recovery", "-1", "-1")]:
        before = show(session, name)
        (_, _, tag), = results(session, "PGPOOL SET %s TO %s" % (name, value))
        check(tag == "SET" and show(session, name) == shown, name, tag, show(session, name))
        check(show(other, name) == before, name, "is another session's as well")
        (_, _, tag), = results(session, "pgpool reset " + name)
        check(tag == "SET" and show(session, name) == before, name)
        check(session.query("pgpool set %s = %s" % (name, value)) == [] and show(session, name) == shown)
        check(session.query("pgpool set %s to default" % name) == [] and show(session, name) == before)
    session.query("pgpool set log_statement = on")
    session.query("pgpool set client_idle_limit to 600")
    check({r["item"]: r["value"] for r in one(session, "show pool_status")}["client_idle_limit"] == "600")
    (_, _, tag), = results(session, "PGPOOL RESET ALL")
    check(tag == "RESET" and show(session, "log_statement") == "off" and show(session, "client_idle_limit") == "0")
    for sql, part in [
            ("pgpool set port to 1", 'invalid Context, value for parameter "port" cannot be changed'),
            ("pgpool set foo to 1", 'unrecognized configuration parameter "foo"'),
            ("pgpool reset foo", 'unrecognized configuration parameter "foo"'),
            ("pgpool show foo", 'config variable "foo" not found'),
            ("pgpool set client_min_messages to xx", 'invalid value for parameter "client_min_messages": "xx"'),
            ("pgpool set client_idle_limit to -1", 'outside the valid range for parameter "client_idle_limit"'),
            ("pgpool show backend_port999", "invalid index 999"),
            ("pgpool show backend_portx", 'invalid index value for parameter "backend_portx" ')]:
        refused(session, sql, "XX000", part)
        check(session.status == b"I")
    session.notices.clear()
    (_, _, tag), = results(session, "PGPOOL SET CACHE DELETE 'select ''x'''")
    check(tag == "SET", tag)
    check([n["M"] for n in session.notices]
          == ["query cache does not exist for query: \"select 'x'\""], session.notices)
    session.terminate()
    other.terminate()


def logged(port):
    """Logging that one session switches on for itself."""
    loud, quiet = Connection(port), Connection(port)
    loud.query("pgpool set log_statement to on; pgpool set log_per_node_statement to on")
    loud.query("pgpool set notice_per_node_statement to on")
    quiet.query("select 'not this'")
    loud.query("select 'but this'")
    check(any("but this" in n["M"] for n in loud.notices), loud.notices)
    loud.notices.clear()
    loud.query("pgpool set client_min_messages to error")
    loud.query("select 'without a notice'")
    check(loud.notices == [], loud.notices)
    loud.query("show pool_version")
    loud.extended("pgpool show port")
    loud.query("pgpool reset all")
    loud.query("select 'no more'")
    loud.terminate()
    quiet.terminate()


def idle(port):
    """client_idle_limit of one session ends that session and no other one."""
    short, long = Connection(port), Connection(port)
    short.query("pgpool set client_idle_limit to 1")
    shown = [p for p in one(short, "show pool_pools") if p["pool_pid"] == str(short.pid)]
    one(short, "show pool_nodes")
    check(all(not p["client_idle_duration"] or "before client disconnected" in p["client_idle_duration"]
              for p in shown), shown)
    try:
        short.handle.settimeout(10)
        kind, body = short.receive()
        check(kind == b"E" and fields(body)["C"] == "57000", kind, body)
    except Closed:
        check(False, "closed without a word")
    check(long.value("select 1") == "1")
    long.terminate()


def reloaded(port):
    """A reload changes what the session did not set."""
    session = Connection(port)
    session.query("pgpool set log_statement to on")
    print("set", flush=True)
    show = lambda name: one(session, "pgpool show " + name)[0][name]
    deadline = time.monotonic() + 15
    while show("client_idle_limit") != "77s":
        check(time.monotonic() < deadline, "not reloaded")
        time.sleep(0.05)
    check(show("log_statement") == "on", "forgotten")
    session.query("pgpool reset all")
    check(show("log_statement") == "off", "not reset")
    session.terminate()


def spoken(port):
    """What is said, in a form that two proxies can be compared by; released in 4.3."""
    session = Connection(port)
    lines = []
    for name in COLUMNS:
        columns, rows, tag = results(session, "show " + name)[-1]
        names = [n for n, _ in columns]
        # 4.5 and 4.7 added columns behind these.
        lines.append("%s: %s %s" % (name, names[:17], {numbers[2:] for _, numbers in columns}))
    for sql in ("pgpool set log_statement = on", "pgpool show log_statement", "pgpool reset log_statement",
                "PGPOOL SHOW Log_Statement", "pgpool show log_min_messages", "pgpool reset all",
                "pgpool set client_idle_limit to 3.7", "pgpool show client_idle_limit",
                "pgpool set client_idle_limit to '1500ms'", "pgpool show client_idle_limit",
                "pgpool set client_idle_limit to default", "pgpool show client_idle_limit",
                "pgpool show \"port\"", "pgpool set port = 1", "pgpool set foo = 1", "pgpool reset foo",
                "pgpool show foo", "pgpool show backend_flag0", "pgpool show pool_passwd",
                "pgpool set client_min_messages to xx", "pgpool set client_idle_limit to -1",
                "pgpool foo", "show pool_xyz", "show \"POOL_NODES\""):
        try:
            columns, rows, tag = results(session, sql)[-1]
            names = [n for n, _ in columns] if columns else None
            values = None if names == ["port"] else rows
            lines.append("%s: %s %s %s" % (sql, names, values, tag))
        except ServerError as error:
            lines.append("%s: %s %s" % (sql, error.sqlstate, error.fields["M"]))
    session.terminate()
    return "\n".join(lines)


def greedy(port):
    """A client that asks and does not read holds nobody up and is held back itself."""
    session, other = Connection(port), Connection(port)
    question = message(b"Q", text("pgpool show all"))
    session.handle.settimeout(2)
    sent = 0
    try:
        while sent < 20_000:
            session.handle.sendall(question * 50)
            sent += 50
    except OSError:
        pass
    check(other.value("select 1") == "1")
    session.abandon()
    other.terminate()
    return sent


main({f.__name__: f for f in [shapes, foreign, nodes, status, several, order, bound, extended, begun, sessions,
                              settings, logged, idle, reloaded, spoken, greedy]})
