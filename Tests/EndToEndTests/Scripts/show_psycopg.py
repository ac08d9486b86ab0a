"""SHOW POOL_... and PGPOOL ... with psycopg2."""
import sys

import psycopg2
import psycopg2.extensions
import psycopg2.extras


def main(port):
    db = psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="e2e", connect_timeout=10)
    with db.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
        cursor.execute("SHOW pool_nodes")
        rows = cursor.fetchall()
        assert [r["node_id"] for r in rows] == ["0", "1"], rows
        assert cursor.statusmessage == "SELECT 2", cursor.statusmessage
        assert [c.type_code for c in cursor.description] == [0] * 14, cursor.description
        cursor.execute("PGPOOL SHOW ALL")
        assert len(cursor.fetchall()) == cursor.rowcount > 180
        # psycopg2 began a transaction with the first statement, and knows of it.
        status = psycopg2.extensions.TRANSACTION_STATUS_INTRANS
        assert db.info.transaction_status == status, db.info.transaction_status
        cursor.execute("PGPOOL SET log_statement TO %s", ("on",))
        assert cursor.statusmessage == "SET"
        cursor.execute("PGPOOL SHOW log_statement")
        assert cursor.fetchone() == {"log_statement": "on"}
        cursor.execute("select 1 as one")
        assert cursor.fetchone() == {"one": 1}
    db.commit()
    try:
        with db, db.cursor() as cursor:
            cursor.execute("PGPOOL SHOW nonsense")
        assert False, "no error"
    except psycopg2.InternalError as error:
        assert error.pgcode == "XX000", error.pgcode
    db.autocommit = True
    with db.cursor() as cursor:
        cursor.execute("SHOW pool_version")
        assert "trunkline" in cursor.fetchone()[0]
    db.close()


main(int(sys.argv[1]))
