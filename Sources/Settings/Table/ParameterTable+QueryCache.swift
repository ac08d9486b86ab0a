extension ParameterTable {
    /// Parameters of the group "Query cache".
    static let queryCache: [Parameter] = [
        .boolean(
            "memory_cache_enabled", .at(\.memoryCacheEnabled),
            .startup, since: "3.2", .inactive(.warn),
            "Enable the query result cache."),
        .boolean(
            "memqcache_auto_cache_invalidation", .at(\.memqcacheAutoCacheInvalidation),
            .reload, since: "3.2", .inactive(.warnTogetherWith("memory_cache_enabled")),
            "Delete entries when their table is written."),
        .text(
            "memqcache_oiddir", .at(\.memqcacheOiddir),
            .startup, since: "3.2", .inactive(.warnTogetherWith("memory_cache_enabled")),
            "Directory of table-OID to cache-entry maps."),
        .text(
            "memqcache_memcached_host", .at(\.memqcacheMemcachedHost),
            .startup, since: "3.2", .inactive(.warnTogetherWith("memory_cache_enabled")),
            "Host of memcached."),
        .list(
            "cache_safe_memqcache_table_list", .at(\.cacheSafeMemqcacheTableList),
            .reload, since: "4.2", .inactive(.warnTogetherWith("memory_cache_enabled")),
            "Views and unlogged tables whose results may be cached (patterns)."),
        .list(
            "cache_unsafe_memqcache_table_list", .at(\.cacheUnsafeMemqcacheTableList),
            .reload, since: "4.2", .inactive(.warnTogetherWith("memory_cache_enabled")),
            "Tables whose results must not be cached (patterns)."),
        .bytes(
            "memqcache_total_size", .at(\.memqcacheTotalSize), .int64(),
            .startup, since: "3.2", .inactive(.warnTogetherWith("memory_cache_enabled")),
            "Shared-memory cache size."),
        .integer(
            "memqcache_memcached_port", .at(\.memqcacheMemcachedPort), .int32(),
            .startup, since: "3.2", .inactive(.warnTogetherWith("memory_cache_enabled")),
            "Port of memcached."),
        .integer(
            "memqcache_max_num_cache", .at(\.memqcacheMaxNumCache), .int32(),
            .startup, since: "3.2", .inactive(.warnTogetherWith("memory_cache_enabled")),
            "Number of cache entries in the hash table."),
        .seconds(
            "memqcache_expire", .at(\.memqcacheExpire), .int32(),
            .startup, since: "3.2", .inactive(.warnTogetherWith("memory_cache_enabled")),
            "Time an entry lives; 0 = until invalidated."),
        .bytes(
            "memqcache_maxcache", .at(\.memqcacheMaxcache), .int32(),
            .startup, since: "3.2", .inactive(.warnTogetherWith("memory_cache_enabled")),
            "Largest cacheable result."),
        .bytes(
            "memqcache_cache_block_size", .at(\.memqcacheCacheBlockSize), .int32(from: 512),
            .startup, since: "3.2", .inactive(.warnTogetherWith("memory_cache_enabled")),
            "Block size of the shared-memory cache."),
        .choice(
            "memqcache_method", .at(\.memqcacheMethod),
            .startup, since: "3.2", .inactive(.warnTogetherWith("memory_cache_enabled")),
            "Storage of the cache."),
    ]
}
