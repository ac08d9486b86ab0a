import Glibc
import Testing
import trunkline

// getopt is global: one test at a time.
@Suite(.serialized) struct CommandLineTests {
    @Suite(.serialized) struct PgpoolRequestTests {
        private func parse(_ words: String...) -> PgpoolRequest {
            PgpoolRequest(["pgpool"] + words, directory: "/etc/x", workingDirectory: "/somewhere")
        }

        private var defaults: LaunchOptions { LaunchOptions(directory: "/etc/x") }

        @Test("no word starts in the background, -n in the foreground")
        func start() {
            #expect(parse() == .start(defaults, inForeground: false))
            #expect(parse("-n") == .start(defaults, inForeground: true))
            #expect(parse("--dont-detach") == .start(defaults, inForeground: true))
        }

        @Test("every start option has its effect, short, long and abbreviated")
        func options() {
            var launch = defaults
            launch.configurationFile = "/somewhere/a.conf"
            launch.pcpFile = "/abs/pcp.conf"
            launch.hbaFile = "/somewhere/hba"
            launch.keyFile = "/somewhere/key"
            launch.discardsStatus = true
            launch.clearsCacheMaps = true
            launch.isDebug = true
            launch.checksAssertions = true
            let expected = PgpoolRequest.start(launch, inForeground: true)
            #expect(
                parse(
                    "-f", "a.conf", "-F", "/abs/pcp.conf", "-a", "hba", "-kkey", "-nDCdx")
                    == expected)
            #expect(
                parse(
                    "--config-file=a.conf", "--pcp-file", "/abs/pcp.conf", "--hba=hba",
                    "--key-f", "key", "--dont", "--discard", "--clear", "--debug",
                    "--debug-assertions") == expected)
        }

        @Test("the options of a launch are understood again")
        func roundTrip() {
            var launch = defaults
            launch.keyFile = "/k"
            launch.discardsStatus = true
            launch.isDebug = true
            let words = ["pgpool", "-n"] + launch.arguments
            #expect(
                PgpoolRequest(words, directory: "/other", workingDirectory: "/")
                    == .start(launch, inForeground: true))
        }

        @Test(
            "only the first letter of a mode counts",
            arguments: [
                ("s", SIGTERM), ("smart", SIGTERM), ("f", SIGINT), ("fast", SIGINT),
                ("foo", SIGINT), ("i", SIGQUIT), ("immediate", SIGQUIT),
            ])
        func modes(mode: String, signal: Int32) {
            #expect(parse("-m", mode, "stop") == .stop(defaults, signal: signal))
            #expect(parse("stop", "-m", mode) == .stop(defaults, signal: signal))
        }

        @Test("stop is smart by default; reload takes the same files")
        func words() {
            var launch = defaults
            launch.configurationFile = "/c"
            #expect(parse("-f", "/c", "stop") == .stop(launch, signal: SIGTERM))
            #expect(parse("reload", "-f", "/c") == .reload(launch))
        }

        @Test(
            "anything else is misuse",
            arguments: [
                ["start"], ["status"], ["stop", "now"], ["-Z"], ["--nonsense"], ["-f"],
                ["-m", "x", "stop"], ["-m", "", "stop"],
            ])
        func misuse(words: [String]) {
            let request = PgpoolRequest(
                ["pgpool"] + words, directory: "/etc/x", workingDirectory: "/")
            #expect(request == .misuse)
        }

        @Test("help and version win over what follows")
        func helpAndVersion() {
            #expect(parse("-h") == .help)
            #expect(parse("--help", "nonsense") == .help)
            #expect(parse("-v") == .version)
            #expect(parse("-n", "--version") == .version)
        }

        @Test("the usage names the real default files")
        func usage() {
            #expect(PgpoolRequest.usage(directory: "/etc/x").contains("/etc/x/pgpool.conf"))
            #expect(Version.pgpoolLine.hasPrefix("pgpool-II version 4.7.2 ("))
        }
    }

    @Suite(.serialized) struct PgMD5RequestTests {
        private func parse(_ words: String...) -> PgMD5Request {
            PgMD5Request(["pg_md5"] + words, directory: "/etc/x", workingDirectory: "/somewhere")
        }

        @Test("a word, a prompt or a file gives the password")
        func sources() {
            #expect(parse("foo") == .print(.argument("foo")))
            #expect(parse("") == .print(.argument("")))
            #expect(parse("-p") == .print(.prompt))
            #expect(parse("--input-file=in") == .print(.file("in")))
        }

        @Test("-m writes pool_passwd")
        func writing() {
            #expect(
                parse("-m", "-f", "c.conf", "-u", "bob", "secret")
                    == .write(
                        .argument("secret"), user: "bob", configurationFile: "/somewhere/c.conf"))
            #expect(
                parse("--md5auth", "-p")
                    == .write(.prompt, user: nil, configurationFile: "/etc/x/pgpool.conf"))
        }

        @Test("no password is an error, an unknown option is not: that is how it always was")
        func misuse() {
            #expect(parse() == .usage(exitCode: 1))
            #expect(parse("-m") == .usage(exitCode: 1))
            #expect(parse("-u", "bob") == .usage(exitCode: 1))
            #expect(parse("-Z", "foo") == .usage(exitCode: 0))
            #expect(parse("-h") == .help)
        }

        @Test("128 bytes are accepted and 129 are not")
        func length() {
            let longest = String(repeating: "x", count: 128)
            #expect(parse(longest) == .print(.argument(longest)))
            #expect(parse(longest + "x") == .passwordTooLong)
        }
    }
}
