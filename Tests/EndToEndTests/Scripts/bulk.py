"""COPY of a lot of data each way, with a slow reader on either side."""
import hashlib
import time

from wire import *

LINE = b"0123456789abcdef" * 64


def slowly_out(port, mebibytes):
    """COPY OUT to a client that pauses: every byte must arrive, in order."""
    count = mebibytes * 1024
    session = Connection(port, timeout=120)
    session.send(message(b"Q", text(
        "copy (select lpad(i::text, 1023, '.') from generate_series(1, %d) i) to stdout" % count)))
    session.expect("H")
    number = 0
    while True:
        kind, body = session.receive()
        if kind != b"d":
            break
        number += 1
        check(body == b"%s\n" % str(number).rjust(1023, ".").encode(), "row", number, "is", body[-30:])
        if number % (count // 20) == 0:
            time.sleep(0.1)
    check(kind == b"c", "after the data:", kind, body)
    session.drain()
    check(number == count, number, "of", count, "rows")
    check(session.value("select 1") == "1")
    session.terminate()


def slowly_in(port, mebibytes):
    """COPY IN faster than the server takes it: a trigger slows the server down."""
    session = Connection(port, timeout=300)
    session.query("create temp table bulk (t text)")
    session.query("create temp table slept (n int)")
    session.query("""
        create function pg_temp.doze() returns trigger language plpgsql as $$
        begin if new.t like 'a%' then perform pg_sleep(0.1); end if; return null; end $$;
        create trigger doze before insert on bulk for each row execute function pg_temp.doze()
        """)
    session.send(message(b"Q", text("copy bulk from stdin")))
    session.expect("G")
    line = LINE[:1023] + b"\n"
    every = max(1, mebibytes * 1024 // 20)
    batch = message(b"d", line)
    sent = 0
    while sent < mebibytes * 1024:
        chunk = min(every, mebibytes * 1024 - sent)
        session.send(message(b"d", b"a\n"))
        for _ in range(chunk // 64):
            session.send(batch * 64)
        sent += chunk
    session.send(message(b"c"))
    session.drain()
    session.terminate()


def rows_in(port, count):
    """COPY IN with odd message boundaries arrives complete."""
    session = Connection(port, timeout=120)
    session.query("create temp table bulk (a int, t text)")
    session.send(message(b"Q", text("copy bulk from stdin")))
    session.expect("G")
    data = b"".join(b"%d\t%s\n" % (i, LINE[: i % 300]) for i in range(count))
    position, size = 0, 1
    while position < len(data):
        session.send(message(b"d", data[position:position + size]))
        position += size
        size = size * 7 % 9973 + 1
    session.send(message(b"c"))
    session.drain()
    rows = session.query("select count(*), sum(a), sum(length(t)) from bulk")
    wanted = [str(count), str(count * (count - 1) // 2), str(sum(i % 300 for i in range(count)))]
    check(rows == [wanted], rows, "instead of", wanted)
    # CopyFail, then life goes on.
    session.send(message(b"Q", text("copy bulk from stdin")))
    session.expect("G")
    session.send(message(b"d", b"1\tx\n") + message(b"f", text("changed my mind")))
    try:
        session.drain()
        check(False, "CopyFail was no error")
    except ServerError as error:
        check(error.sqlstate == "57014", error)
    check(session.value("select count(*) from bulk") == str(count))
    session.terminate()


main({"slowly_out": slowly_out, "slowly_in": slowly_in, "rows_in": rows_in})
