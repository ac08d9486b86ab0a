/// One function of a name.
public struct FunctionFact: Hashable, Sendable {
    public enum Volatility: UInt8, BitwiseCopyable, Sendable {
        case immutable, stable, volatile
    }

    public enum Language: UInt8, BitwiseCopyable, Sendable {
        case sql, plpgsql, compiled, other
    }

    /// Nil stands for every schema: facts of too many functions, taken together.
    public var schema: [UInt8]?
    public var argumentsMin: Int
    /// Nil: VARIADIC, any number from `argumentsMin`.
    public var argumentsMax: Int?
    public var volatility: Volatility
    public var language: Language
    /// Volatile, and yet known to write nothing and to leave nothing behind.
    public var isHarmlessVolatile: Bool
    /// Its body may leave state on the connection.
    public var mayLeaveState: Bool
    /// Not volatile, and its body asks for the transaction's time.
    public var readsTransactionTime: Bool

    public init(
        schema: [UInt8]?, arguments: ClosedRange<Int> = 0...0, isVariadic: Bool = false,
        volatility: Volatility = .stable, language: Language = .sql,
        isHarmlessVolatile: Bool = false, mayLeaveState: Bool = false,
        readsTransactionTime: Bool = false
    ) {
        self.schema = schema
        self.argumentsMin = arguments.lowerBound
        self.argumentsMax = isVariadic ? nil : arguments.upperBound
        self.volatility = volatility
        self.language = language
        self.isHarmlessVolatile = isHarmlessVolatile
        self.mayLeaveState = mayLeaveState
        self.readsTransactionTime = readsTransactionTime
    }

    /// Whether a call may mean it as far as its arguments can be counted.
    public func fits(_ count: Int?) -> Bool {
        guard let count else { return true }
        return count >= self.argumentsMin && count <= self.argumentsMax ?? .max
    }

    /// Counts as a write where no list says otherwise.
    public var writes: Bool {
        self.volatility == .volatile && !self.isHarmlessVolatile || self.mayLeaveState
    }
}

/// A function that is called from a view or a policy.
public struct CalledFunction: Hashable, Sendable {
    public var name: [UInt8]
    public var fact: FunctionFact

    public init(name: [UInt8], fact: FunctionFact) {
        self.name = name
        self.fact = fact
    }
}
