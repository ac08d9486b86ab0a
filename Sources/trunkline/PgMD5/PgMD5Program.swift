import Credentials
import Glibc
import Settings

/// The program under the name `pg_md5`: hashes for pcp.conf and entries of pool_passwd.
enum PgMD5Program {
    static func run(_ arguments: [String]) -> Int32 {
        let program = arguments.first ?? "pg_md5"
        let usage = PgMD5Request.usage(program: program)
        let request = PgMD5Request(
            arguments, directory: LaunchOptions.defaultDirectory,
            workingDirectory: LaunchOptions.workingDirectory)
        switch request {
        case .help:
            StandardStreams.out(usage)
            return ExitStatus.success
        case .usage(let exitCode):
            StandardStreams.out(usage)
            return exitCode
        case .passwordTooLong:
            return tooLong(usage)
        case .print(.file(let path)):
            return printHashes(ofFile: path)
        case .print(let source):
            guard let password = password(from: source) else { return ExitStatus.refused }
            guard password.count <= PgMD5.inputByteCountMax else { return tooLong(usage) }
            return printHash(password)
        case .write(let source, let user, let configurationFile):
            let writer = PoolPasswdWriter(configurationFile: configurationFile)
            guard let writer else { return ExitStatus.refused }
            if case .file(let path) = source { return write(ofFile: path, to: writer) }
            guard let user = user ?? operatingSystemUser() else {
                StandardStreams.error("could not find out the user's name\n")
                return ExitStatus.refused
            }
            guard let password = password(from: source) else { return ExitStatus.refused }
            guard password.count <= PgMD5.inputByteCountMax else { return tooLong(usage) }
            return writer.write([(Array(user.utf8), password)])
        }
    }

    private static func printHash(_ password: [UInt8]) -> Int32 {
        guard let hash = try? PgMD5.printableHash(password) else {
            StandardStreams.error("MD5 is not available in the cryptographic library\n")
            return ExitStatus.refused
        }
        StandardStreams.out(String(decoding: hash, as: UTF8.self) + "\n")
        return ExitStatus.success
    }

    private static func printHashes(ofFile path: String) -> Int32 {
        guard let file = inputFile(path) else { return ExitStatus.refused }
        let output = try? PgMD5.output(ofFile: file, path: Array(path.utf8), showsHash: true)
        guard let output else {
            StandardStreams.error("MD5 is not available in the cryptographic library\n")
            return ExitStatus.refused
        }
        StandardStreams.out(String(decoding: output, as: UTF8.self))
        return ExitStatus.success
    }

    private static func write(ofFile path: String, to writer: PoolPasswdWriter) -> Int32 {
        guard let file = inputFile(path) else { return ExitStatus.refused }
        let output = try? PgMD5.output(ofFile: file, path: Array(path.utf8), showsHash: false)
        StandardStreams.out(String(decoding: output ?? [], as: UTF8.self))
        let pairs = PgMD5.inputLines(file).compactMap {
            line -> (user: [UInt8], password: [UInt8])? in
            guard case .pair(let user, let password) = line else { return nil }
            return (user, password)
        }
        return writer.write(pairs)
    }

    private static func inputFile(_ path: String) -> [UInt8]? {
        do throws(ConfigurationFileError) {
            return try ConfigurationSource.contents(path)
        } catch {
            StandardStreams.error("failed to open input_file \"\(path)\" (\(error.reason))\n\n")
            return nil
        }
    }

    private static func password(from source: PgMD5Request.Source) -> [UInt8]? {
        switch source {
        case .argument(let text): return Array(text.utf8)
        case .prompt, .file: return TerminalPrompt.password("password: ")
        }
    }

    private static func operatingSystemUser() -> String? {
        guard let entry = getpwuid(geteuid()) else { return nil }
        return String(cString: entry.pointee.pw_name)
    }

    private static func tooLong(_ usage: String) -> Int32 {
        StandardStreams.error("Error: Input exceeds maximum password length!\n\n")
        StandardStreams.out(usage)
        return ExitStatus.refused
    }
}

/// Changes the pool_passwd file that a configuration names.
struct PoolPasswdWriter {
    private let path: String

    init?(configurationFile: String) {
        let loaded = ConfigurationSource.load(configurationFile, strict: false)
        let isMissing = access(configurationFile, R_OK) != 0
        guard !isMissing, !loaded.hasErrors else {
            for problem in loaded.problems where isMissing || problem.severity == .error {
                StandardStreams.error("\(problem)\n")
            }
            StandardStreams.error("Unable to get configuration. Exiting...\n\n")
            return nil
        }
        guard !loaded.settings.poolPasswd.isEmpty else {
            StandardStreams.error(
                "pool_passwd is empty in \"\(configurationFile)\": there is no file to write\n")
            return nil
        }
        path = loaded.settings.poolPasswd
    }

    /// Replaces or appends entries. The file is replaced as a whole, so that a proxy that reads it
    /// meanwhile sees the old or the new one.
    func write(_ pairs: [(user: [UInt8], password: [UInt8])]) -> Int32 {
        var file: [UInt8] = []
        do throws(ConfigurationFileError) {
            file = try ConfigurationSource.contents(path)
        } catch {
            guard error.isMissing else { return failed("could not read", error.reason) }
        }
        do throws(PgMD5.Failure) {
            for pair in pairs {
                file = try PgMD5.updatePoolPasswd(file, user: pair.user, password: pair.password)
            }
        } catch {
            return failed("could not change", error.description)
        }
        let failure = replace(with: file)
        return failure.map { failed("could not write", $0) } ?? ExitStatus.success
    }

    private func replace(with file: [UInt8]) -> String? {
        // Keep what the old file allows to whom; a new file is its owner's alone.
        var facts = stat()
        let exists = stat(path, &facts) == 0
        let target = realpath(path, nil)
        defer { free(target) }
        let path = target.map { String(cString: $0) } ?? self.path
        let draft = "\(path).\(getpid()).tmp"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return reason() }
        if exists {
            fchmod(descriptor, facts.st_mode & 0o777)
            // Without the right to give the file away it stays ours.
            _ = fchown(descriptor, facts.st_uid, facts.st_gid)
        }
        let written = Glibc.write(descriptor, file, file.count)
        guard written == file.count, fsync(descriptor) == 0, close(descriptor) == 0,
            rename(draft, path) == 0
        else {
            let text = reason()
            unlink(draft)
            return text
        }
        return nil
    }

    private func reason() -> String { String(cString: strerror(errno)) }

    private func failed(_ what: String, _ reason: String) -> Int32 {
        StandardStreams.error("\(what) \"\(path)\": \(reason)\n")
        return ExitStatus.refused
    }
}
