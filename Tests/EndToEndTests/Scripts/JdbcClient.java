import java.io.StringReader;
import java.io.StringWriter;
import java.sql.*;
import org.postgresql.PGConnection;

/** An application written with pgJDBC. */
public class JdbcClient {
    static void check(boolean condition, String what) {
        if (!condition) throw new AssertionError(what);
    }

    public static void main(String[] arguments) throws Exception {
        String url = "jdbc:postgresql://127.0.0.1:" + arguments[0]
            + "/e2e?user=postgres&prepareThreshold=3&connectTimeout=10&socketTimeout=60";
        try (Connection db = DriverManager.getConnection(url)) {
            try (Statement s = db.createStatement()) {
                s.execute("drop table if exists jdbc_t");
                s.execute("create table jdbc_t (id int primary key, t text)");
            }
            // Prepared on the server from the third execution on.
            try (PreparedStatement p = db.prepareStatement("select ?::int + 1, ?::text")) {
                for (int i = 0; i < 20; i++) {
                    p.setInt(1, i);
                    p.setString(2, "s" + i);
                    try (ResultSet r = p.executeQuery()) {
                        check(r.next() && r.getInt(1) == i + 1 && r.getString(2).equals("s" + i), "row " + i);
                    }
                }
            }
            db.setAutoCommit(false);
            try (PreparedStatement p = db.prepareStatement("insert into jdbc_t values (?, ?)")) {
                for (int i = 0; i < 1000; i++) {
                    p.setInt(1, i);
                    p.setString(2, "row " + i);
                    p.addBatch();
                }
                check(p.executeBatch().length == 1000, "batch");
            }
            db.commit();
            try (Statement s = db.createStatement()) {
                Savepoint point = db.setSavepoint();
                try {
                    s.executeUpdate("insert into jdbc_t values (1, 'again')");
                    check(false, "duplicate key accepted");
                } catch (SQLException error) {
                    check("23505".equals(error.getSQLState()), error.toString());
                }
                db.rollback(point);
                check(s.executeUpdate("delete from jdbc_t where id >= 900") == 100, "delete");
                db.rollback();
                // A cursor: portals with a row limit.
                s.setFetchSize(100);
                int count = 0;
                try (ResultSet r = s.executeQuery("select id from jdbc_t order by id")) {
                    while (r.next()) check(r.getInt(1) == count++, "order");
                }
                check(count == 1000, "count " + count);
                db.commit();
            }
            db.setAutoCommit(true);
            var copy = db.unwrap(PGConnection.class).getCopyAPI();
            StringBuilder data = new StringBuilder();
            for (int i = 1000; i < 4000; i++) data.append(i).append("\tcopied\n");
            check(copy.copyIn("copy jdbc_t from stdin", new StringReader(data.toString())) == 3000, "copy in");
            StringWriter out = new StringWriter();
            copy.copyOut("copy (select * from jdbc_t where id >= 1000 order by id) to stdout", out);
            check(out.toString().equals(data.toString()), "copy out");

            try (Statement s = db.createStatement()) {
                s.setQueryTimeout(1);
                try {
                    s.execute("select pg_sleep(20)");
                    check(false, "not cancelled");
                } catch (SQLException error) {
                    check("57014".equals(error.getSQLState()), error.toString());
                }
                s.setQueryTimeout(0);
                db.setReadOnly(true);
                try (ResultSet r = s.executeQuery("select count(*) from jdbc_t")) {
                    check(r.next() && r.getInt(1) == 4000, "count");
                }
                db.setReadOnly(false);
                s.execute("drop table jdbc_t");
            }
        }
        System.out.println("ok");
    }
}
