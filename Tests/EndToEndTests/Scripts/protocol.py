"""Protocol versions, pipelines, asynchronous messages, replication connections."""
import struct
import time

from wire import *


def version_2(port):
    """Protocol 2.0 gets an answer in its own format: E, text, zero byte, close."""
    handle = dial(port)
    handle.sendall(struct.pack("!II", 296, 0x20000) + b"e2e".ljust(64, b"\0")
                   + b"postgres".ljust(32, b"\0") + bytes(192))
    said = b""
    while True:
        try:
            chunk = handle.recv(4096)
        except ConnectionError:
            break
        if not chunk:
            break
        said += chunk
    check(said[:1] == b"E" and b"protocol" in said.lower(), "protocol 2.0 was answered", said)


def versions(port):
    """3.0 has four bytes of secret; 3.2 may have more; a later minor is negotiated down."""
    plain = Connection(port)
    check(plain.negotiated is None and len(plain.secret) == 4, plain.negotiated, plain.secret)
    plain.terminate()
    modern = Connection(port, version=0x30002)
    check(modern.negotiated is None or modern.negotiated & 0xFFFF <= 2, modern.negotiated)
    check(4 <= len(modern.secret) <= 256, "secret of", len(modern.secret))
    if modern.negotiated is None:
        check(len(modern.secret) > 4, "3.2 without a long key")
    modern.send(message(b"Q", text("select pg_sleep(20)")))
    modern.cancel_until_heard()
    try:
        modern.drain()
        check(False, "not cancelled")
    except ServerError as error:
        check(error.sqlstate == "57014", error)
    modern.terminate()
    future = Connection(port, version=0x30009)
    check(future.negotiated is not None and future.negotiated & 0xFFFF <= 2, future.negotiated)
    check(future.value("select 1") == "1")
    future.terminate()
    option = Connection(port, **{"_pq_.future": "1"})
    check(option.negotiated is not None, "an unknown protocol option was not negotiated")
    check(option.value("select 1") == "1")
    option.terminate()


def pipelines(port):
    """Several Syncs in flight: answers complete, in order, errors confined to their segment."""
    session = Connection(port)
    session.query("create temp table p (a int primary key)")
    sent = b""
    for number in range(200):
        sql = "insert into p values ($1::int)" if number % 2 else "select $1::int, 'x'"
        value = number // 4 * 4 + 1 if number % 4 == 3 else number
        sent += parse("", sql) + bind("", "", value) + describe(b"P", "") + execute("") + SYNC
    session.send(sent)
    failures = 0
    for number in range(200):
        try:
            rows = session.drain()
            check(number % 4 != 3, number, "must fail")
            check(rows == ([] if number % 2 else [[str(number), "x"]]), number, rows)
        except ServerError as error:
            check(number % 4 == 3 and error.sqlstate == "23505", number, error)
            failures += 1
    check(failures == 50, failures)
    check(session.value("select count(*) from p") == "50")

    # Named statements and portals with a row limit, and Flush instead of Sync.
    session.send(parse("many", "select generate_series(1, $1::int)") + SYNC)
    session.expect("1Z")
    session.send(bind("door", "many", 10) + execute("door", 4) + FLUSH)
    session.expect("2DDDDs")
    session.send(execute("door", 4) + FLUSH)
    session.expect("DDDDs")
    session.send(execute("door", 4) + SYNC)
    session.expect("DDCZ")
    session.send(describe(b"S", "many") + SYNC)
    session.expect("tTZ")
    session.send(message(b"C", b"S" + text("many")) + SYNC)
    session.expect("3Z")
    try:
        session.send(bind("", "many", 1) + SYNC)
        session.drain()
        check(False, "a closed statement was bound")
    except ServerError as error:
        check(error.sqlstate == "26000", error)
    # Empty query, several statements in one Query, function call.
    check(session.query("") == [])
    check(session.query("select 1; select 2; select 3") == [["1"], ["2"], ["3"]])
    oid = int(session.value("select 'int4pl'::regproc::oid"))
    call = struct.pack("!IHHHiI", oid, 1, 1, 2, 4, 20) + struct.pack("!iIH", 4, 22, 1)
    session.send(message(b"F", call))
    check(session.expect("VZ")[0] == struct.pack("!iI", 4, 42))
    session.terminate()


def asynchronous(port):
    """NOTICE, ParameterStatus and notifications arrive when they happen."""
    listener, speaker = Connection(port), Connection(port)
    listener.query("listen news")
    speaker.query("notify news, 'hello'")
    deadline = time.monotonic() + 10
    while not listener.notifications:
        check(time.monotonic() < deadline, "no notification")
        kind, body = listener.receive_any()
        check(kind == b"A", kind, body)
        listener.notifications.append(body[4:].split(b"\0")[0].decode())
    check(listener.notifications == ["news"])
    speaker.query("set application_name = 'speaker 2'; set datestyle = 'SQL, DMY'")
    check(speaker.parameters["application_name"] == "speaker 2", speaker.parameters)
    check(speaker.parameters["DateStyle"] == "SQL, DMY", speaker.parameters)
    speaker.query("do $$ begin raise notice 'look here'; end $$")
    check(speaker.notices[-1]["M"] == "look here", speaker.notices)
    listener.terminate()
    speaker.terminate()


def replication(port):
    """A replication connection reaches the primary and is of no use to anybody afterwards."""
    session = Connection(port, replication="database")
    rows = session.query("IDENTIFY_SYSTEM")
    check(len(rows) == 1 and rows[0][3] == "e2e", rows)
    check(session.value("select pg_is_in_recovery()") == "f")
    session.query("CREATE_REPLICATION_SLOT passing TEMPORARY PHYSICAL")
    timeline, position = rows[0][1], rows[0][2]
    session.send(message(b"Q", text("START_REPLICATION SLOT passing PHYSICAL %s TIMELINE %s" % (position, timeline))))
    session.expect("W")
    # Something to send: an idle server says nothing for a long time.
    writer = Connection(port)
    writer.query("create table passing (); drop table passing")
    writer.terminate()
    kind, body = session.receive()
    check(kind == b"d" and body[:1] in (b"k", b"w"), kind, body[:20])
    session.send(message(b"d", b"r" + struct.pack("!QQQQB", 0, 0, 0, 0, 1)))
    kind, body = session.receive()
    check(kind == b"d", kind)
    session.send(message(b"c"))
    while session.receive()[0] != b"Z":
        pass
    session.terminate()
    after = Connection(port)
    try:
        after.query("IDENTIFY_SYSTEM")
        check(False, "an ordinary client got a replication connection")
    except ServerError as error:
        check(error.sqlstate == "42601", error)
    after.terminate()


def errors(port):
    """Errors keep PostgreSQL's own codes and fields."""
    session = Connection(port)
    for sql, code in [("select 1/0", "22012"), ("selekt", "42601"), ("select * from missing_table", "42P01")]:
        for run in (session.query, session.extended):
            try:
                run(sql)
                check(False, sql, "was no error")
            except ServerError as error:
                check(error.sqlstate == code and error.fields["V"] == "ERROR", error.fields)
            check(session.status == b"I")
    session.terminate()
    for database, user, code in [("no_such_database", "postgres", "3D000"), ("e2e", "nobody_here", "28000")]:
        for _ in range(2):
            try:
                Connection(port, user=user, database=database)
                check(False, "logged in to", database, "as", user)
            except ServerError as error:
                check(error.sqlstate in (code, "28P01"), error)


main({f.__name__: f for f in [version_2, versions, pipelines, asynchronous, replication, errors]})
