/// The `name = value` pairs of a configuration file and of the files it includes, not yet
/// understood.
struct ConfigurationText {
    /// One pair.
    struct Assignment {
        var name: String
        var text: String
        var location: ConfigurationLocation
    }

    /// Included files may include others up to this depth.
    static let includeDepthMax = 10
    /// Files read in all: a file may be included at many places.
    static let filesMax = 256
    /// Bytes of one file; Pgpool-II's sample has 50 kB.
    static let fileLengthMax = 1 << 20
    /// After so many problems reading stops: the file is something else.
    static let problemsMax = 100

    private(set) var assignments: [Assignment] = []
    private(set) var problems: [ConfigurationProblem] = []
    private var filesRead = 0
    private var hasGivenUp = false

    typealias ReadFile = (String) throws(ConfigurationFileError) -> [UInt8]

    /// Takes the pairs of a file that was read from `path`.
    mutating func append(_ bytes: [UInt8], path: String, depth: Int = 0, read: ReadFile) {
        filesRead += 1
        guard bytes.count <= Self.fileLengthMax else {
            return report(
                ConfigurationProblem(
                    .error, at: ConfigurationLocation(file: path),
                    "configuration file \"\(path)\" is longer than \(Self.fileLengthMax) bytes",
                    hint: "Is this a configuration file?"))
        }
        var tokens = ConfigurationTokenizer(bytes)
        while !hasGivenUp, let token = tokens.next() {
            switch token.kind {
            case .endOfLine: continue
            case .key:
                guard let pair = assignment(token, &tokens, path) else { continue }
                if pair.name == "include" {
                    include(pair, from: path, depth: depth, read: read)
                } else {
                    assignments.append(pair)
                }
            case .integer, .real, .string, .unquoted, .equals, .error:
                syntaxError(token, &tokens, path, hint: Self.hint(forNameToken: token, tokens))
            }
        }
    }

    /// Reads what follows a name: an optional `=` and the next token, whatever it is.
    private mutating func assignment(
        _ key: ConfigurationTokenizer.Token, _ tokens: inout ConfigurationTokenizer, _ path: String
    ) -> Assignment? {
        let name = String(decoding: tokens.bytes(of: key), as: UTF8.self)
        let location = ConfigurationLocation(file: path, line: key.line)
        var value = tokens.next()
        if value?.kind == .equals { value = tokens.next() }
        guard let value, value.kind != .endOfLine else {
            report(
                ConfigurationProblem(
                    .error, at: location, parameter: name,
                    "invalid value for parameter \"\(name)\"",
                    detail: "there is no value after the name",
                    hint: "Write \(name) = value on one line; '' is the empty value."))
            return nil
        }
        let bytes = tokens.bytes(of: value)
        if value.kind == .equals || bytes.elementsEqual([UInt8(ascii: "'")]) {
            syntaxError(value, &tokens, path, hint: Self.hint(forNameToken: value, tokens))
            return nil
        }
        if value.kind != .string, !tokens.isAtSeparator {
            unquotedTrap(name, value, &tokens, location)
            return nil
        }
        let content = value.kind == .string ? bytes.dropFirst().dropLast() : bytes
        guard let text = String(validating: content, as: UTF8.self) else {
            report(
                ConfigurationProblem(
                    .error, at: location, parameter: name,
                    "invalid value for parameter \"\(name)\"", detail: "the value is not UTF-8",
                    hint: "Save the file in the encoding UTF-8."))
            return nil
        }
        return Assignment(name: name, text: text, location: location)
    }

    /// `1.5GB`, `/tmp`, `a,b`: the token ends before the value does, and the rest would be taken
    /// for the next name. Pgpool-II silently goes on with half a value.
    private mutating func unquotedTrap(
        _ name: String, _ value: ConfigurationTokenizer.Token,
        _ tokens: inout ConfigurationTokenizer, _ location: ConfigurationLocation
    ) {
        var word = String(decoding: tokens.word(from: value.range.lowerBound), as: UTF8.self)
        var end = String(decoding: tokens.bytes(of: value), as: UTF8.self)
        if case .parameter(let row, _) = ParameterTable.lookUp(name), case .secret = row.kind {
            (word, end) = ("*****", "*****")
        }
        report(
            ConfigurationProblem(
                .error, at: location, parameter: name,
                "invalid value for parameter \"\(name)\": \"\(word)\"",
                detail: "without quotes the value would end after \"\(end)\"",
                hint: "Put the value in single quotes: \(name) = '\(word)'."))
        tokens.skipLine()
    }

    private mutating func syntaxError(
        _ token: ConfigurationTokenizer.Token, _ tokens: inout ConfigurationTokenizer,
        _ path: String, hint: String
    ) {
        let text = String(decoding: tokens.bytes(of: token), as: UTF8.self)
        report(
            ConfigurationProblem(
                .error, at: ConfigurationLocation(file: path, line: token.line),
                "syntax error in configuration file \"\(path)\"",
                detail:
                    "parse error at line \(token.line) '\(text)' token = \(token.kind.rawValue)",
                hint: hint))
        tokens.skipLine()
    }

    private static func hint(
        forNameToken token: ConfigurationTokenizer.Token, _ tokens: ConfigurationTokenizer
    ) -> String {
        let text = tokens.bytes(of: token)
        if text.elementsEqual([UInt8(ascii: "'")]) {
            return "The quote opened here is not closed on this line."
        }
        if token.kind == .string {
            return "A name was expected. A quoted value cannot contain a quote, not even doubled."
        }
        return """
            A name was expected: write name = value, and put a value with blanks or signs in \
            single quotes.
            """
    }

    private mutating func include(
        _ pair: Assignment, from path: String, depth: Int, read: ReadFile
    ) {
        let file = FilePath.resolve(pair.text, besides: path)
        var failure = ConfigurationProblem(
            .error, at: pair.location, "could not open configuration file \"\(file)\"",
            hint: "A relative name starts at the directory of the file that includes it.")
        guard depth < Self.includeDepthMax else {
            failure.message += ": maximum nesting depth exceeded"
            failure.hint = "Files may include one another \(Self.includeDepthMax) levels deep."
            return report(failure)
        }
        guard filesRead < Self.filesMax else {
            failure.message += ": more than \(Self.filesMax) files"
            failure.hint = "Include each file once."
            return report(failure)
        }
        do {
            append(try read(file), path: file, depth: depth + 1, read: read)
        } catch {
            failure.detail = error.reason
            report(failure)
        }
    }

    private mutating func report(_ problem: ConfigurationProblem) {
        guard !hasGivenUp else { return }
        problems.append(problem)
        if problems.count >= Self.problemsMax {
            hasGivenUp = true
            problems.append(.tooMany(at: problem.location))
        }
    }
}

extension ConfigurationProblem {
    /// The last problem that is reported.
    static func tooMany(at location: ConfigurationLocation) -> ConfigurationProblem {
        ConfigurationProblem(
            .error, at: location, "too many problems: the rest is not read",
            hint: "Is this a configuration file?")
    }
}

/// File names, as far as the configuration needs them.
enum FilePath {
    /// `name` as seen from the directory of the file `neighbour`.
    static func resolve(_ name: String, besides neighbour: String) -> String {
        guard !name.hasPrefix("/"), let slash = neighbour.lastIndex(of: "/") else { return name }
        return String(neighbour[...slash]) + name
    }
}
