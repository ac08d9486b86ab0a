import Testing

/// The parent of all end-to-end suites: one after the other, because they measure memory, count
/// connections and share the machine's cores with real servers.
@Suite("end to end", .serialized)
enum EndToEnd {}
