/// Puts an entry of a pattern list into a form that matches a text as a whole, and keeps from the
/// C library what it has no limits for: its stack, memory and time grow with the first three of
/// the limits here.
struct PatternSyntax {
    /// Parentheses inside each other.
    static let depthMax = 100
    /// Characters and groups that repetitions stand for, beyond those that are written: 2 for
    /// `a{3}`, 6 for `(ab){3}`, 1 for `a+`.
    static let repeatedMax = 2000
    /// Repetitions without end of something that may be empty, as in `(a*)*`.
    static let cyclesMax = 16

    /// What is known of a character, a group or another thing that can be repeated.
    private struct Part {
        var size = 0
        /// Repetitions without end of something empty, those in repetitions counted repeatedly.
        var cycles = 0
        var mayBeEmpty = true
    }

    /// An open group, or the entry itself.
    private struct Group {
        /// Everything so far. Empty if one of the alternatives before the last `|` may be.
        var whole = Part(mayBeEmpty: false)
        /// What a repetition repeats.
        var last = Part()
        /// Whether what stands before `last` in its alternative may be empty.
        var mayBeginEmpty = true
    }

    private let bytes: [UInt8]
    private var position = 0
    private var output: [UInt8] = Array("^(".utf8)
    /// The open groups, outermost first; never none.
    private var groups = [Group()]
    private var repeated = 0

    private init(_ entry: String) {
        bytes = Array(entry.utf8)
    }

    /// `^(entry)$`, with what would change its meaning inside parentheses escaped.
    static func wholeText(_ entry: String) throws(PatternProblem) -> [UInt8] {
        var syntax = PatternSyntax(entry)
        while syntax.position < syntax.bytes.count { try syntax.step() }
        return syntax.output + Array(")$".utf8)
    }
}

// MARK: Reading

extension PatternSyntax {
    private func peek(_ offset: Int = 0) -> UInt8? {
        let index = position + offset
        return index < bytes.count ? bytes[index] : nil
    }

    private mutating func copy(_ count: Int = 1) {
        let end = min(position + count, bytes.count)
        output += bytes[position..<end]
        position = end
    }

    private mutating func step() throws(PatternProblem) {
        switch peek() {
        case 0: throw PatternProblem(reason: "NUL is not possible in a regular expression")
        case UInt8(ascii: "\\"): try escaped()
        case UInt8(ascii: "["):
            bracket()
            add(Part(size: 1, mayBeEmpty: false))
        case UInt8(ascii: "("):
            guard groups.count <= Self.depthMax else {
                throw PatternProblem(
                    reason: "more than \(Self.depthMax) parentheses inside each other")
            }
            groups.append(Group())
            copy()
        case UInt8(ascii: ")"): closeGroup()
        case UInt8(ascii: "|"):
            copy()
            nextAlternative()
        case UInt8(ascii: "*"):
            copy()
            try repeatLast(from: 0, to: nil)
        case UInt8(ascii: "+"):
            copy()
            try repeatLast(from: 1, to: nil)
        case UInt8(ascii: "?"):
            copy()
            try repeatLast(from: 0, to: 1)
        case UInt8(ascii: "{"): try interval()
        case UInt8(ascii: "^"), UInt8(ascii: "$"):
            copy()
            add(Part(size: 1))
        default:
            copy()
            add(Part(size: 1, mayBeEmpty: false))
        }
    }

    private mutating func escaped() throws(PatternProblem) {
        let next = peek(1)
        if let next, next.isDigit, next != UInt8(ascii: "0") {
            throw PatternProblem(
                reason: "back references are not possible: they have no limit in time")
        }
        // A NUL behind the backslash is seen on its own.
        copy(next == 0 ? 1 : 2)
        let isPlace = next.map("bB<>`'".utf8.contains) ?? false
        add(Part(size: 1, mayBeEmpty: isPlace))
    }

    /// `[...]`, in which nothing but its end has a meaning for this.
    private mutating func bracket() {
        copy()
        if peek() == UInt8(ascii: "^") { copy() }
        if peek() == UInt8(ascii: "]") { copy() }
        while let byte = peek(), byte != 0 {
            copy()
            if byte == UInt8(ascii: "]") { return }
            guard byte == UInt8(ascii: "["), let kind = peek(), ".=:".utf8.contains(kind) else {
                continue
            }
            copy()
            while let inner = peek(), inner != 0 {
                copy()
                if inner == kind, peek() == UInt8(ascii: "]") {
                    copy()
                    break
                }
            }
        }
    }

    /// `{m}`, `{m,}` and `{m,n}`; anything else is the C library's to judge.
    private mutating func interval() throws(PatternProblem) {
        copy()
        let least = count()
        var most = least
        if peek() == UInt8(ascii: ",") {
            copy()
            most = count()
        }
        if peek() == UInt8(ascii: "}") { copy() }
        try repeatLast(from: least ?? 0, to: most)
    }

    private mutating func count() -> Int? {
        var value: Int?
        while let digit = peek(), digit.isDigit {
            // Beyond the limit only that matters.
            value = min((value ?? 0) * 10 + Int(digit - UInt8(ascii: "0")), Self.repeatedMax + 2)
            copy()
        }
        return value
    }
}

// MARK: Measuring

extension PatternSyntax {
    private mutating func add(_ part: Part) {
        guard var group = groups.popLast() else { return }
        group.mayBeginEmpty = group.mayBeginEmpty && group.last.mayBeEmpty
        group.last = part
        group.whole.size += part.size
        group.whole.cycles += part.cycles
        groups.append(group)
    }

    private mutating func nextAlternative() {
        guard var group = groups.popLast() else { return }
        group.whole.mayBeEmpty =
            group.whole.mayBeEmpty || (group.mayBeginEmpty && group.last.mayBeEmpty)
        group.last = Part()
        group.mayBeginEmpty = true
        groups.append(group)
    }

    /// A `)` without its `(` is an ordinary character, and has to stay one.
    private mutating func closeGroup() {
        var part = Part(size: 0, mayBeEmpty: false)
        if groups.count > 1 {
            nextAlternative()
            part = groups.popLast()?.whole ?? part
        } else {
            output.append(UInt8(ascii: "\\"))
        }
        copy()
        part.size += 1
        add(part)
    }

    /// Nothing overflows: sizes stay below the length of the entry and `repeatedMax` together,
    /// `count` cuts its numbers, and `cyclesMax` is small.
    private mutating func repeatLast(from least: Int, to most: Int?) throws(PatternProblem) {
        guard var group = groups.popLast() else { return }
        let before = group.last
        // `a+` is kept as `aa*`, and so is `a{1,}`.
        let copies = max(most ?? least + 1, 1)
        group.last.size = before.size * copies
        group.last.cycles = before.cycles * copies
        if most == nil, before.mayBeEmpty { group.last.cycles += 1 }
        if least == 0 { group.last.mayBeEmpty = true }
        group.whole.size += group.last.size - before.size
        group.whole.cycles += group.last.cycles - before.cycles
        repeated += group.last.size - before.size
        guard repeated <= Self.repeatedMax else {
            throw PatternProblem(
                reason: "its repetitions stand for more than \(Self.repeatedMax) characters")
        }
        guard group.whole.cycles <= Self.cyclesMax else {
            throw PatternProblem(
                reason: "it repeats what may be empty more than \(Self.cyclesMax) times")
        }
        groups.append(group)
    }
}
