/// Finds the semicolons that end statements, as the server's grammar does: not those inside
/// parentheses (CREATE RULE) and not those of a routine body BEGIN ATOMIC ... END.
///
/// Feed it every token of a text in order.
struct StatementBoundary: BitwiseCopyable, Sendable {
    private enum Stage: UInt8, BitwiseCopyable, Sendable {
        case start, create, or, replace
        /// CREATE FUNCTION or CREATE PROCEDURE: a body may follow.
        case routine
        /// BEGIN of a routine was seen; ATOMIC would open its body.
        case begin
        case body
        case ordinary
    }

    private var stage = Stage.start
    /// Open BEGIN ATOMIC and CASE inside a routine body.
    private var openBlocks = 0
    private var openParentheses = 0

    /// Whether this token is a semicolon that ends the statement before it.
    @inline(__always)
    mutating func endsStatement(_ token: Token, in text: Span<UInt8>, words: WordTable) -> Bool {
        switch token.kind {
        case .semicolon:
            guard self.openParentheses == 0, self.openBlocks == 0 else { return false }
            self = StatementBoundary()
            return true
        case .leftParenthesis:
            self.openParentheses &+= 1
        case .rightParenthesis:
            if self.openParentheses > 0 { self.openParentheses &-= 1 }
        case .word:
            if self.stage != .ordinary { self.word(token, in: text, words: words) }
        default:
            break
        }
        if self.stage == .start { self.stage = .ordinary }
        return false
    }

    private mutating func word(_ token: Token, in text: Span<UInt8>, words: WordTable) {
        let keyword = words.lookUp(text, from: token.start, to: token.end, folds: true).keyword
        switch (self.stage, keyword) {
        case (.start, .create): self.stage = .create
        case (.create, .or): self.stage = .or
        case (.or, .replace): self.stage = .replace
        case (.create, .function), (.create, .procedure), (.replace, .function),
            (.replace, .procedure):
            self.stage = .routine
        case (.routine, .begin), (.begin, .begin): self.stage = .begin
        case (.begin, .atomic):
            self.stage = .body
            self.openBlocks = 1
        case (.begin, _): self.stage = .routine
        case (.routine, _): break
        case (.body, .case): self.openBlocks &+= 1
        case (.body, .end):
            if self.openBlocks > 0 { self.openBlocks &-= 1 }
        case (.body, _): break
        default: self.stage = .ordinary
        }
    }
}
