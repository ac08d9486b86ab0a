internal import CRegex

/// One entry of a pattern list, compiled: a POSIX extended regular expression in the dialect of
/// the C library, which is what the lists of pgpool.conf are documented in.
///
/// An entry matches a text as a whole, whatever it consists of: `a|b` matches `a` and `b` and
/// nothing else, as if `^(a|b)$` were written. A `^` at its begin or a `$` at its end, also of
/// single alternatives (`^a|b$`), therefore adds nothing; where only a part should fit, `.*` says
/// so. Letters match in either case if they are ASCII; other characters are the bytes they consist
/// of. `.` matches a line end, and no NUL.
///
/// Not Sendable: the C library takes a lock around each comparison, so every worker compiles its
/// own. How long a comparison takes is in the hands of the entry's author (`.*a.{20}b.*` is slow);
/// what has no bound at all, back references, is refused.
public final class Pattern {
    private let regex: UnsafeMutablePointer<regex_t>

    /// Compiles an entry.
    public init(_ entry: String) throws(PatternProblem) {
        let whole = try PatternSyntax.wholeText(entry)
        do {
            regex = try Self.compile(whole)
        } catch {
            // What is wrong with it should not be blamed on what was put around it.
            cregex_free(try Self.compile(Array(entry.utf8)))
            throw error
        }
    }

    deinit { cregex_free(regex) }

    /// Whether the whole of `subject`, which may hold any bytes, fits.
    ///
    /// - Parameter undecided: the answer if memory did not suffice to tell.
    public func matches(_ subject: [UInt8], undecided: Bool) -> Bool {
        guard let length = Int32(exactly: subject.count) else { return undecided }
        // The length alone would do, but the address sanitizer looks for a NUL.
        let answer = (subject + [0]).withUnsafeBytes {
            cregex_matches(regex, $0.baseAddress, length)
        }
        return answer < 0 ? undecided : answer == 1
    }

    private static func compile(
        _ text: [UInt8]
    ) throws(PatternProblem) -> UnsafeMutablePointer<regex_t> {
        var message = [UInt8](repeating: 0, count: 128)
        let regex = (text + [0]).withUnsafeBytes { text in
            message.withUnsafeMutableBytes {
                cregex_new(text.baseAddress, $0.baseAddress, $0.count)
            }
        }
        if let regex { return regex }
        throw PatternProblem(reason: String(decoding: message.prefix { $0 != 0 }, as: UTF8.self))
    }
}

/// Why a text is no entry of a pattern list, mostly in the words of the C library.
public struct PatternProblem: Error, Equatable, Sendable {
    /// A phrase without full stop.
    public let reason: String
}

/// A list of patterns, compiled. The entries stay texts in `Settings`, which workers share.
public struct PatternList {
    private let patterns: [Pattern]
    /// Whether an entry could not be compiled. Loading the configuration checked them all, so
    /// only memory can have been short.
    private let isIncomplete: Bool

    /// Compiles the entries.
    public init(_ entries: [String]) {
        patterns = entries.compactMap { try? Pattern($0) }
        isIncomplete = patterns.count < entries.count
    }

    /// Whether the list has no entry.
    public var isEmpty: Bool { patterns.isEmpty && !isIncomplete }

    /// Whether the whole of `subject` fits one of the entries.
    ///
    /// - Parameter undecided: the answer if memory did not suffice to tell.
    public func matches(_ subject: [UInt8], undecided: Bool) -> Bool {
        patterns.contains { $0.matches(subject, undecided: undecided) }
            || (isIncomplete && undecided)
    }
}
