/// Finds the semicolons that end statements, as the server's grammar does: not those inside
/// parentheses (CREATE RULE) and not those of a routine body BEGIN ATOMIC ... END.
///
/// Feed it every token of a text in order.
struct StatementBoundary: BitwiseCopyable, Sendable {
    private enum Stage: UInt8, BitwiseCopyable, Sendable {
        /// Of a statement, also of one in the body of a routine.
        case start
        case create, or, replace
        /// CREATE FUNCTION or CREATE PROCEDURE: a body may follow.
        case routine
        /// BEGIN of a routine was seen; ATOMIC would open its body.
        case begin
        case ordinary
    }

    private var stage = Stage.start
    /// Open BEGIN ATOMIC: the body of a routine may make another one.
    private var openBodies = 0
    private var openParentheses = 0

    /// Whether this token is a semicolon that ends the statement before it.
    @inline(__always)
    mutating func endsStatement(_ token: Token, in text: Span<UInt8>, words: WordTable) -> Bool {
        switch token.kind {
        case .semicolon:
            guard self.openParentheses == 0 else { return false }
            self.stage = .start
            return self.openBodies == 0
        case .leftParenthesis:
            self.openParentheses &+= 1
        case .rightParenthesis:
            if self.openParentheses > 0 { self.openParentheses &-= 1 }
        case .word:
            if self.stage != .ordinary, self.openParentheses == 0 {
                self.word(token, in: text, words: words)
                return false
            }
        default:
            break
        }
        switch self.stage {
        case .start: self.stage = .ordinary
        case .begin: self.stage = .routine
        case .create, .or, .replace, .routine, .ordinary: break
        }
        return false
    }

    private mutating func word(_ token: Token, in text: Span<UInt8>, words: WordTable) {
        let keyword = words.lookUp(text, from: token.start, to: token.end, folds: true).keyword
        switch (self.stage, keyword) {
        case (.start, .create): self.stage = .create
        case (.start, .end) where self.openBodies > 0:
            // Behind a semicolon or ATOMIC only: anywhere else END belongs to a CASE, or is a name.
            self.openBodies &-= 1
            self.stage = .ordinary
        case (.create, .or): self.stage = .or
        case (.or, .replace): self.stage = .replace
        case (.create, .function), (.create, .procedure), (.replace, .function),
            (.replace, .procedure):
            self.stage = .routine
        case (.routine, .begin), (.begin, .begin): self.stage = .begin
        case (.begin, .atomic):
            self.openBodies &+= 1
            self.stage = .start
        case (.begin, _): self.stage = .routine
        case (.routine, _): break
        default: self.stage = .ordinary
        }
    }
}
