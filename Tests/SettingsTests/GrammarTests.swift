import Testing

@testable import Settings

@Suite("The grammar of pgpool.conf")
struct GrammarTests {
    @Test(
        "tokens are the longest match",
        arguments: [
            ("port", [1]), ("a-b", [5]), ("-5", [2]), ("0x1FkB", [2]), ("10min", [2]),
            ("1.5GB", [3, 1]), ("1e5", [2, 2]), ("1.5e5", [3]), (".5", [3]), ("=", [6]),
            ("'a b'", [4]), ("'it", [8, 1]), ("*", [8]), ("\n", [7]), ("# all\n", [7]),
            ("'C:\\dir\\'", [4]), ("'a\\' # it's", [4, 1]), ("'a''b'", [4, 4]), ("ä_1", [1]),
        ] as [(String, [Int])])
    func kinds(text: String, kinds: [Int]) {
        var tokens = ConfigurationTokenizer(Array(text.utf8))
        var found: [Int] = []
        while let token = tokens.next() { found.append(token.kind.rawValue) }
        #expect(found == kinds)
    }

    @Test("the equals sign is optional and several settings may share a line")
    func sharedLine() {
        let loaded = load("port 5433 pcp_port=9899\n\tmax_pool\t=\t2 # four\r\n")
        #expect(loaded.errors.isEmpty)
        #expect(loaded.settings.port == 5433)
        #expect(loaded.settings.pcpPort == 9899)
        #expect(loaded.settings.maxPool == 2)
        #expect(loaded.setParameters["max_pool"]?.description == "\(mainPath):2")
    }

    @Test("a star is a value without quotes, and the last line needs no end")
    func star() {
        #expect(load("listen_addresses = *").settings.listenAddresses == ["*"])
        #expect(load("listen_addresses = *").problems.isEmpty)
    }

    @Test("nothing is unescaped inside quotes")
    func backslashes() {
        let loaded = load("log_directory = 'C:\\dir\\'\nlog_line_prefix = 'a\\' # it'\n")
        #expect(loaded.problems.isEmpty)
        #expect(loaded.settings.logDirectory == "C:\\dir\\")
        #expect(loaded.settings.logLinePrefix == "a\\' # it")
    }

    @Test("the last of several equal names wins; empty quotes are the empty value")
    func duplicates() {
        let loaded = load("max_pool = 1\nmax_pool = 7\nlisten_addresses = ''\n")
        #expect(loaded.problems.isEmpty)
        #expect(loaded.settings.maxPool == 7)
        #expect(loaded.settings.listenAddresses.isEmpty)
    }

    @Test(
        "syntax errors carry Pgpool-II's words, the line and what would be right",
        arguments: [
            ("\n5 = 3", "parse error at line 2 '5' token = 2", "name was expected"),
            ("port: 9999", "parse error at line 1 'port:' token = 5", "name was expected"),
            ("logdir = 'a''b'", "parse error at line 1 ''b'' token = 4", "not even doubled"),
            ("work_dir = 'a\n", "parse error at line 1 ''' token = 8", "not closed"),
            ("port = = 5", "parse error at line 1 '=' token = 6", "name was expected"),
            ("'port' = 5", "parse error at line 1 ''port'' token = 4", "not even doubled"),
        ])
    func syntaxErrors(text: String, detail: String, hint: String) throws {
        let error = try #require(load(text).errors.first)
        #expect(error.message == "syntax error in configuration file \"\(mainPath)\"")
        #expect(error.detail == detail)
        #expect(error.hint?.contains(hint) == true)
        #expect(load(text).errors.count == 1)
    }

    @Test("a missing value is an error that names the parameter")
    func missingValue() throws {
        for text in ["port =\nmax_pool = 2\n", "port = # later\nmax_pool = 2", "max_pool = 2 port"]
        {
            let loaded = load(text)
            #expect(loaded.errors.map(\.message) == ["invalid value for parameter \"port\""])
            #expect(loaded.errors.first?.line == 1)
            #expect(loaded.settings.maxPool == 2)
        }
    }

    @Test(
        "half a value without quotes is an error that says how to quote it",
        arguments: [
            ("memqcache_total_size = 1.5GB", "memqcache_total_size = '1.5GB'"),
            ("work_dir = /tmp", "work_dir = '/tmp'"),
            ("listen_addresses = a,b", "listen_addresses = 'a,b'"),
            ("backend_hostname0 = 10.0.0.1", "backend_hostname0 = '10.0.0.1'"),
        ])
    func halfValues(text: String, hint: String) throws {
        let loaded = load(text)
        #expect(loaded.errors.count == 1)
        #expect(loaded.errors.first?.hint == "Put the value in single quotes: \(hint).")
    }

    @Test("a password without quotes does not appear in the message")
    func secretsStayHidden() throws {
        let error = try #require(load("sr_check_password = abc,def").errors.first)
        #expect(!error.description.contains("abc"))
    }

    @Test("all errors of a file are found at once, each with its line")
    func allAtOnce() {
        let loaded = load("port = 80\nmax_pool = x\n5\nlog_connections = bogus\nmax_pool = 3\n")
        #expect(Set(loaded.errors.map(\.line)) == [1, 2, 3, 4])
        #expect(loaded.settings.maxPool == 3)
    }

    @Test("a file that is something else ends with one error after a hundred")
    func otherFile() {
        let loaded = load(String(repeating: "5\n", count: 1000))
        #expect(loaded.errors.count == ConfigurationText.problemsMax + 1)
        #expect(loaded.errors.last?.message == "too many problems: the rest is not read")
    }

    @Test("unknown names without end are cut off, too, and so is a file that is too long")
    func bounded() {
        let names = (0..<1000).map { "unknown_\($0)_name x\n" }.joined()
        #expect(load(names).problems.count <= 2 * ConfigurationText.problemsMax + 2)
        #expect(load(names).hasErrors)
        let longest = [UInt8](repeating: UInt8(ascii: " "), count: ConfigurationText.fileLengthMax)
        #expect(load(bytes: longest).problems.isEmpty)
        #expect(load(bytes: longest + [32]).errors.count == 1)
    }

    @Test("a byte order mark is skipped and a value must be UTF-8")
    func encodings() {
        #expect(load(bytes: [0xEF, 0xBB, 0xBF] + Array("port=5433".utf8)).settings.port == 5433)
        let loaded = load(bytes: Array("sr_check_user = '".utf8) + [0xE4] + Array("'\n".utf8))
        #expect(loaded.errors.first?.detail == "the value is not UTF-8")
    }
}

@Suite("Files that include others")
struct IncludeTests {
    @Test("a relative name starts at the including file, and lines count per file")
    func relative() {
        let loaded = load(
            "include 'conf.d/a.conf'\nmax_pool = 9\n",
            files: [
                "/etc/trunkline/conf.d/a.conf": "include = 'b.conf'\nmax_pool = 1\n",
                "/etc/trunkline/conf.d/b.conf": "\nport = 80\n",
            ])
        #expect(loaded.settings.maxPool == 9)
        #expect(loaded.errors.map(\.location.description) == ["/etc/trunkline/conf.d/b.conf:2"])
    }

    @Test("a file that cannot be opened is an error at the line that includes it")
    func missing() {
        let loaded = load("\ninclude '/etc/other.conf'\n")
        #expect(
            loaded.errors.first?.message == "could not open configuration file \"/etc/other.conf\"")
        #expect(loaded.errors.first?.detail == "No such file or directory")
        #expect(loaded.errors.first?.line == 2)
    }

    @Test("ten levels of nesting are allowed and eleven are not", arguments: [10, 11])
    func nesting(levels: Int) {
        var files: [String: String] = [:]
        for level in 1...levels {
            files["/etc/trunkline/\(level)"] =
                level == levels ? "max_pool = 8" : "include '\(level + 1)'"
        }
        let loaded = load("include '1'", files: files)
        if levels <= ConfigurationText.includeDepthMax {
            #expect(loaded.problems.isEmpty)
            #expect(loaded.settings.maxPool == 8)
        } else {
            #expect(
                loaded.errors.map(\.message) == [
                    "could not open configuration file \"/etc/trunkline/11\""
                        + ": maximum nesting depth exceeded"
                ])
        }
    }

    @Test("a file that includes itself many times ends")
    func cycle() {
        let text = String(repeating: "include 'pgpool.conf'\n", count: 20)
        #expect(load(text).hasErrors)
    }

    @Test("without a main file the defaults are used, except in a strict check")
    func missingMainFile() {
        func loadNothing(isMissing: Bool, strict: Bool) -> LoadedConfiguration {
            ConfigurationReader.load(
                main: mainPath, environment: [("TRUNKLINE_MAX_POOL", "3")], strict: strict
            ) { _ throws(ConfigurationFileError) in
                throw ConfigurationFileError(reason: "reason", isMissing: isMissing)
            }
        }
        let loaded = loadNothing(isMissing: true, strict: false)
        #expect(!loaded.hasErrors)
        #expect(loaded.settings.maxPool == 3)
        #expect(
            loaded.problems.first?.message == "could not open configuration file: \"\(mainPath)\"")
        #expect(loaded.problems.first?.detail == "using default configuration parameter values")
        #expect(loadNothing(isMissing: true, strict: true).hasErrors)
        #expect(loadNothing(isMissing: false, strict: false).hasErrors)
    }
}
