/// One function of a name.
package struct FunctionFact: Hashable, Sendable {
    package enum Volatility: UInt8, BitwiseCopyable, Sendable {
        case immutable, stable, volatile
    }

    package enum Language: UInt8, BitwiseCopyable, Sendable {
        case sql, plpgsql, compiled, other
    }

    /// Nil stands for every schema: facts of too many functions, taken together.
    package var schema: [UInt8]?
    package var argumentsMin: Int
    /// Nil: VARIADIC, any number from `argumentsMin`.
    package var argumentsMax: Int?
    package var volatility: Volatility
    package var language: Language
    /// Volatile, and yet known to write nothing and to leave nothing behind.
    package var isHarmlessVolatile: Bool
    /// Its body may leave state on the connection.
    package var mayLeaveState: Bool
    /// Not volatile, and its body asks for the transaction's time.
    package var readsTransactionTime: Bool

    package init(
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
    package func fits(_ count: Int?) -> Bool {
        guard let count else { return true }
        return count >= self.argumentsMin && count <= self.argumentsMax ?? .max
    }

    /// Counts as a write where no list says otherwise.
    package var writes: Bool {
        self.volatility == .volatile && !self.isHarmlessVolatile || self.mayLeaveState
    }
}

/// A function that is called from a view or a policy.
package struct CalledFunction: Hashable, Sendable {
    package var name: [UInt8]
    package var fact: FunctionFact

    package init(name: [UInt8], fact: FunctionFact) {
        self.name = name
        self.fact = fact
    }
}
