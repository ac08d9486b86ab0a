import java.sql.*;
import java.util.*;

/** SHOW POOL_... and PGPOOL ... with pgJDBC, which prepares everything. */
public class ShowClient {
    static void check(boolean condition, String what) {
        if (!condition) throw new AssertionError(what);
    }

    static List<Map<String, String>> rows(ResultSet results) throws SQLException {
        List<Map<String, String>> rows = new ArrayList<>();
        ResultSetMetaData meta = results.getMetaData();
        while (results.next()) {
            Map<String, String> row = new LinkedHashMap<>();
            for (int i = 1; i <= meta.getColumnCount(); i++) {
                check(meta.getColumnTypeName(i) != null || meta.getColumnType(i) == Types.OTHER, "type");
                row.put(meta.getColumnLabel(i), results.getString(i));
            }
            rows.add(row);
        }
        return rows;
    }

    static Connection connect(String mode, int port) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port
            + "/e2e?user=postgres&prepareThreshold=3&connectTimeout=10&socketTimeout=60"
            + "&preferQueryMode=" + mode);
    }

    /** As the first statement of a transaction: BEGIN comes in the same segment. */
    static void begin(String mode, int port) throws SQLException {
        try (Connection db = connect(mode, port)) {
            db.setAutoCommit(false);
            for (int i = 0; i < 8; i++) {
                try (PreparedStatement p = db.prepareStatement("SHOW pool_version"); ResultSet r = p.executeQuery()) {
                    check(r.next() && r.getString(1).contains("trunkline"), "version");
                }
                try (Statement s = db.createStatement(); ResultSet r = s.executeQuery("select 1")) {
                    check(r.next(), "select");
                }
                db.commit();
            }
        }
    }

    static void use(String mode, int port) throws SQLException {
        try (Connection db = connect(mode, port)) {
            for (int i = 0; i < 8; i++) {
                // Named from the third execution on, binary from the one after that.
                try (PreparedStatement p = db.prepareStatement("SHOW pool_nodes");
                     ResultSet r = p.executeQuery()) {
                    List<Map<String, String>> found = rows(r);
                    check(found.size() == 2 && found.get(1).get("role").equals("standby"), "nodes " + found);
                }
                try (PreparedStatement p = db.prepareStatement("select ?::int");) {
                    p.setInt(1, i);
                    try (ResultSet r = p.executeQuery()) {
                        check(r.next() && r.getInt(1) == i, "select");
                    }
                }
                try (Statement s = db.createStatement(); ResultSet r = s.executeQuery("SHOW pool_processes")) {
                    check(rows(r).size() == 100, "processes");
                }
            }
            try (Statement s = db.createStatement()) {
                check(!s.execute("PGPOOL SET log_statement TO on"), "SET gave rows");
                try (ResultSet r = s.executeQuery("PGPOOL SHOW log_statement")) {
                    check(r.next() && r.getString("log_statement").equals("on"), "SET");
                }
                try {
                    s.execute("PGPOOL SHOW nonsense");
                    check(false, "no error");
                } catch (SQLException error) {
                    check("XX000".equals(error.getSQLState()), error.toString());
                }
                try (ResultSet r = s.executeQuery("select 1")) { check(r.next(), "after the error"); }
            }
            // In a transaction that has begun, with rows in portions.
            db.setAutoCommit(false);
            try (Statement s = db.createStatement()) {
                try (ResultSet r = s.executeQuery("select 1")) { check(r.next(), "begin"); }
                s.setFetchSize(10);
                try (ResultSet r = s.executeQuery("PGPOOL SHOW ALL")) {
                    int count = 0;
                    while (r.next()) count++;
                    check(count > 180, "rows " + count);
                }
            }
            db.commit();
        }
    }

    public static void main(String[] arguments) throws Exception {
        for (String mode : List.of("simple", "extended", "extendedForPrepared", "extendedCacheEverything")) {
            int port = Integer.parseInt(arguments[0]);
            if (arguments[1].equals("begin")) begin(mode, port); else use(mode, port);
        }
        System.out.println("ok");
    }
}
