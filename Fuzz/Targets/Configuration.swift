import Settings

/// A pgpool.conf; every file that it includes is itself.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    for strict in [false, true] {
        let loaded = ConfigurationReader.load(main: "/etc/pgpool.conf", strict: strict) {
            (_: String) throws(ConfigurationFileError) -> [UInt8] in bytes
        }
        for problem in loaded.problems { _ = "\(problem)" }
    }
    return 0
}
