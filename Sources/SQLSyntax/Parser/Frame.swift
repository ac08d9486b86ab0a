/// An open parenthesis or bracket of an expression.
struct Frame: BitwiseCopyable {
    enum Kind: UInt8, BitwiseCopyable {
        case plain, brackets
        /// Arguments of a named function.
        case call
        /// Arguments of a call with a syntax of its own.
        case special
        /// JSON_OBJECT and JSON_OBJECTAGG, in which colons separate.
        case json, jsonAggregate
        /// CAST and its relatives, in which AS comes before a type.
        case cast
        /// XMLPARSE and XMLSERIALIZE: like CAST, and DOCUMENT or CONTENT comes first.
        case xml
        /// TREAT, whose type is the function that it calls.
        case treat
        /// GROUPING SETS.
        case grouping
        /// FILTER, WITHIN GROUP.
        case suffix
        /// OVER.
        case window
    }

    var kind: Kind
    var special = SpecialCall.none
    /// The keywords of a special call stand in it: FROM, FOR, PLACING ...
    var hasSyntax = false
    /// VARIADIC or a star is among its arguments.
    var isUncountable = false
    /// ORDER BY has begun: commas separate no arguments any more.
    var isSorting = false
    var isEmpty = false
    /// It is the first thing in the frame around it.
    var isFirst = false
    /// Index of the call whose arguments these are.
    var call: Int32 = -1
    var commas: Int32 = 0
    /// Level of the query in parentheses that is all it holds so far; -1: there is none.
    var queryLevel: Int32 = -1
    /// Where that query ends.
    var queryEnd = 0
    /// End of the opening parenthesis.
    var openEnd: Int
}

/// The open frames, the innermost at hand.
struct FrameStack {
    private(set) var count = 0
    /// The innermost; nothing of it holds when there is none.
    var top = Self.none
    private var outer: [Frame] = []

    private static var none: Frame { Frame(kind: .plain, openEnd: -1) }

    mutating func push(_ frame: Frame) {
        self.outer.append(self.top)
        self.top = frame
        self.count &+= 1
    }

    mutating func pop() -> Frame {
        let frame = self.top
        self.top = self.outer.popLast() ?? Self.none
        self.count = Swift.max(0, self.count &- 1)
        return frame
    }

    mutating func removeAll() {
        self.outer.removeAll(keepingCapacity: true)
        self.top = Self.none
        self.count = 0
    }
}

/// One run of tokens that make expressions.
struct ExpressionRun: BitwiseCopyable {
    enum Mode: UInt8, BitwiseCopyable {
        /// Up to the keyword that begins the next clause.
        case clause
        /// GROUP BY: like a clause.
        case groupBy
        /// WINDOW: like a clause, and its parentheses are those of OVER.
        case window
        /// The condition of a join: up to the next join, comma or clause.
        case on
        /// Up to the end of the parentheses that are open.
        case closing
        /// WHEN clauses of MERGE: up to RETURNING.
        case merge
        /// What follows the name in CREATE and ALTER.
        case definition
    }

    var mode: Mode
    /// Frames that were open before.
    var base: Int
    /// Where its first token stands.
    var start: Int
    /// The token before is the end of an operand: an operator or a suffix may follow.
    var followsOperand = false
    /// The keyword before, if the token before was one.
    var previous = Keyword.none
    /// End of the last closing parenthesis: behind a call OVER or FILTER may follow.
    var callEnd = -1

    /// An operand has to follow: an operator, a comma or an opening parenthesis was taken.
    @inline(__always)
    mutating func tookOperator() {
        self.followsOperand = false
        self.previous = .none
    }

    /// An operand was taken.
    @inline(__always)
    mutating func tookOperand() {
        self.followsOperand = true
        self.previous = .none
    }
}
