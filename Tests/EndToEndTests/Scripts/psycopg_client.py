"""An application written with psycopg2."""
import io
import sys
import threading
import time

import psycopg2
import psycopg2.extras
import psycopg2.errorcodes


def main(port):
    db = psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="e2e", connect_timeout=10)
    cursor = db.cursor()
    cursor.execute("drop table if exists psycopg_t; create table psycopg_t (id serial primary key, a int, t text)")
    db.commit()

    with db, db.cursor() as c:
        c.execute("insert into psycopg_t (a, t) values (%s, %s) returning id", (1, "it's"))
        assert c.fetchone() == (1,)
        psycopg2.extras.execute_values(
            c, "insert into psycopg_t (a, t) values %s", [(i, "row %d" % i) for i in range(500)])
        psycopg2.extras.execute_batch(
            c, "update psycopg_t set a = a + 1 where id = %s", [(i,) for i in range(1, 101)])
    cursor.execute("select count(*), sum(a) from psycopg_t")
    assert cursor.fetchone() == (501, 1 + sum(range(500)) + 100), "batch"
    db.rollback()

    try:
        with db, db.cursor() as c:
            c.execute("insert into psycopg_t (a) values (99)")
            c.execute("insert into psycopg_t (id) values (1)")
        assert False, "duplicate key accepted"
    except psycopg2.IntegrityError as error:
        assert error.pgcode == psycopg2.errorcodes.UNIQUE_VIOLATION
    cursor.execute("select count(*) from psycopg_t where a = 99 and t is null")
    assert cursor.fetchone() == (0,), "rolled back"
    db.rollback()

    cursor.execute("savepoint s"); cursor.execute("delete from psycopg_t")
    cursor.execute("rollback to s"); cursor.execute("select count(*) from psycopg_t")
    assert cursor.fetchone() == (501,)
    db.commit()

    cursor.execute("prepare p (int) as select a * 2 from psycopg_t where id = $1")
    cursor.execute("execute p (1)")
    assert cursor.fetchone() == (4,)
    db.commit()

    with db.cursor("server_side") as c:
        c.itersize = 50
        c.execute("select id from psycopg_t order by id")
        assert len(list(c)) == 501
    db.commit()

    data = "".join("%d\ttext %d\n" % (i, i) for i in range(5000))
    cursor.copy_expert("copy psycopg_t (a, t) from stdin", io.StringIO(data))
    db.commit()
    out = io.StringIO()
    cursor.copy_expert("copy (select a, t from psycopg_t where t like 'text%' order by a) to stdout", out)
    assert out.getvalue() == data, "copy"

    # A statement that still waits for a server cannot hear.
    for delay in (0.5, 2, 5):
        threading.Timer(delay, db.cancel).start()
    started = time.monotonic()
    try:
        cursor.execute("select pg_sleep(30)")
        assert False, "not cancelled"
    except psycopg2.errors.QueryCanceled:
        assert time.monotonic() - started < 20
    time.sleep(max(0, started + 6 - time.monotonic()))
    db.rollback()
    cursor.execute("select 1")
    cursor.execute("drop table psycopg_t")
    db.commit()
    db.close()
    print("ok")


main(int(sys.argv[1]))
