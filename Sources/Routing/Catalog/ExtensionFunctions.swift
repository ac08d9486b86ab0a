/// What is known of the volatile functions of extensions that come with PostgreSQL: their language
/// shows nothing, and without this they would bind every session that calls one to the primary.
enum ExtensionFunctions {
    /// None of their functions leaves state on the connection.
    private static let stateless: Set<String> = [
        "amcheck", "citext", "cube", "earthdistance", "fuzzystrmatch", "hstore", "intarray",
        "lo", "ltree", "pageinspect", "pg_buffercache", "pg_freespacemap", "pg_prewarm",
        "pg_stat_statements", "pg_visibility", "pg_walinspect", "pgcrypto", "pgrowlocks",
        "pgstattuple", "tablefunc", "unaccent", "uuid-ossp", "xml2",
    ]

    /// Volatile because they give another value each time; nothing else happens.
    private static let harmless: [String: Set<String>] = [
        "pgcrypto": [
            "gen_random_bytes", "gen_random_uuid", "gen_salt", "pgp_pub_encrypt",
            "pgp_pub_encrypt_bytea", "pgp_sym_encrypt", "pgp_sym_encrypt_bytea",
        ],
        "tablefunc": ["normal_rand"],
        "uuid-ossp": ["uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4"],
    ]

    static func leavesNoState(_ name: [UInt8]) -> Bool {
        self.stateless.contains(String(decoding: name, as: UTF8.self))
    }

    static func isHarmless(_ function: [UInt8], of name: [UInt8]) -> Bool {
        self.harmless[String(decoding: name, as: UTF8.self)]?
            .contains(String(decoding: function, as: UTF8.self)) == true
    }
}
