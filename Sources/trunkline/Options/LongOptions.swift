import CLinux
import Glibc

/// The options of a program whose command line is fixed by its users: parsed by glibc, so that
/// abbreviations, permuted words and error texts are what they have always been.
package struct LongOptions: Sendable {
    /// One option; every option has a letter.
    package struct Option: Sendable {
        package var letter: Character
        package var name: String
        package var takesArgument: Bool

        package init(_ letter: Character, _ name: String, takesArgument: Bool = false) {
            self.letter = letter
            self.name = name
            self.takesArgument = takesArgument
        }
    }

    /// What a command line says.
    package struct Parsed: Sendable, Equatable {
        package struct Given: Sendable, Equatable {
            package var letter: Character
            package var argument: String?

            package init(_ letter: Character, _ argument: String? = nil) {
                self.letter = letter
                self.argument = argument
            }
        }

        /// In the order given.
        package var options: [Given] = []
        /// What is no option.
        package var words: [String] = []
        /// Whether an option was unknown or lacked its argument; glibc has said so on stderr.
        package var hasErrors = false
    }

    private let options: [Option]

    package init(_ options: [Option]) { self.options = options }

    /// Parses a command line. Not for several threads at once: getopt is global.
    ///
    /// - Parameter arguments: The first is the program's name, for glibc's messages.
    package func parse(_ arguments: [String]) -> Parsed {
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        let owned = words
        defer { for word in owned { free(word) } }
        let letters = options.map { "\($0.letter)" + ($0.takesArgument ? ":" : "") }.joined()
        let names = options.map { strdup($0.name) }
        defer { for name in names { free(name) } }
        var table = zip(options, names).map { option, name in
            CLinux.option(
                name: UnsafePointer(name), has_arg: option.takesArgument ? 1 : 0, flag: nil,
                val: Int32(option.letter.asciiValue ?? 0))
        }
        table.append(CLinux.option(name: nil, has_arg: 0, flag: nil, val: 0))

        var parsed = Parsed()
        clinux_getopt_reset()
        while true {
            let value = clinux_getopt_long(Int32(arguments.count), &words, letters, table)
            if value == -1 { break }
            guard let letter = UInt8(exactly: value), value != Int32(UInt8(ascii: "?")) else {
                parsed.hasErrors = true
                continue
            }
            let argument = clinux_getopt_argument().map { String(cString: $0) }
            let takesArgument = options.contains {
                $0.letter.asciiValue == letter && $0.takesArgument
            }
            parsed.options.append(
                .init(Character(UnicodeScalar(letter)), takesArgument ? argument : nil))
        }
        let first = min(max(Int(clinux_getopt_index()), 0), arguments.count)
        parsed.words = words[first..<arguments.count].compactMap { word in
            word.map { String(cString: $0) }
        }
        return parsed
    }
}
