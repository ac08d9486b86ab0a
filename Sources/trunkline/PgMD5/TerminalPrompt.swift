import Glibc

/// Asks a person for a secret, without showing what is typed.
enum TerminalPrompt {
    /// The answer without its line end; nil, after saying so, if standard input is no terminal.
    static func password(_ question: String) -> [UInt8]? {
        guard isatty(0) == 1 else {
            StandardStreams.error("stdin is not tty\n")
            return nil
        }
        var shown = termios()
        guard tcgetattr(0, &shown) == 0 else { return nil }
        var hidden = shown
        hidden.c_lflag &= ~tcflag_t(ECHO)
        StandardStreams.out(question)
        tcsetattr(0, TCSAFLUSH, &hidden)
        defer {
            tcsetattr(0, TCSAFLUSH, &shown)
            StandardStreams.out("\n")
        }
        var answer: [UInt8] = []
        var byte: UInt8 = 0
        while read(0, &byte, 1) == 1, byte != UInt8(ascii: "\n") { answer.append(byte) }
        return answer
    }
}
