/// What the tables know of one word.
struct Word: BitwiseCopyable, Equatable, Sendable {
    struct Flags: OptionSet, BitwiseCopyable, Sendable {
        var rawValue: UInt8
        /// Never a name unless quoted.
        static let isReserved = Flags(rawValue: 1)
        /// The name of a function or type, not of a relation or column.
        static let isTypeOrFunction = Flags(rawValue: 2)
        /// Before a parenthesis a type or special syntax, never a user's function.
        static let isColumn = Flags(rawValue: 4)
        /// Begins with `pg_`, as system catalogs and views do.
        static let hasCatalogPrefix = Flags(rawValue: 8)
        /// A function that is volatile by PostgreSQL's catalog.
        static let isVolatile = Flags(rawValue: 16)
        /// A setting whose value belongs to the node.
        static let isNodeSetting = Flags(rawValue: 32)
    }

    var keyword: Keyword = .none
    /// What PostgreSQL's function of this name does.
    var function: FunctionClass = .unknown
    var flags: Flags = []

    static let unknown = Word()

    /// Can name a relation or a column without quotes.
    var isName: Bool { self.flags.isDisjoint(with: [.isReserved, .isTypeOrFunction]) }
    /// Can name anything without quotes.
    var isPlain: Bool {
        self.flags.isDisjoint(with: [.isReserved, .isTypeOrFunction, .isColumn])
    }
    var isReserved: Bool { self.flags.contains(.isReserved) }
}

/// A fixed hash table from folded words to what is known of them. Built once, read by all threads.
struct WordTable: Sendable {
    private struct Slot: BitwiseCopyable, Sendable {
        var start: UInt16 = 0
        /// 0: the slot is free.
        var length: UInt8 = 0
        var word = Word()
    }

    /// No word of the tables is longer.
    private static let lengthMax = 63
    private static let slotCount = 8192

    private var slots: [Slot]
    private var letters: [UInt8]

    static let shared = WordTable()

    private init() {
        self.slots = Array(repeating: Slot(), count: Self.slotCount)
        self.letters = []
        for keyword in Keyword.allCases where keyword != .none {
            self.update(keyword.spelling.utf8) { $0.keyword = keyword }
        }
        for (list, flag) in [
            (RestrictedWords.reserved, Word.Flags.isReserved),
            (RestrictedWords.typeOrFunction, .isTypeOrFunction),
            (RestrictedWords.column, .isColumn), (NodeSettings.names, .isNodeSetting),
        ] {
            for name in list.utf8.split(separator: UInt8(ascii: " ")) {
                self.update(name) { $0.flags.insert(flag) }
            }
        }
        for (list, function, isVolatile) in [
            (BuiltInFunctions.harmless, FunctionClass.harmless, false),
            (BuiltInFunctions.transactionTime, .transactionTime, false),
            (BuiltInFunctions.harmlessVolatile, .harmlessVolatile, true),
            (BuiltInFunctions.nodeSpecific, .nodeSpecific, false),
            (BuiltInFunctions.nodeSpecificVolatile, .nodeSpecific, true),
            (BuiltInFunctions.advisoryLock, .advisoryLock, true),
            (BuiltInFunctions.leavesState, .leavesState, true),
            (BuiltInFunctions.writes, .writes, true),
        ] {
            for name in list.utf8.split(separator: UInt8(ascii: " ")) {
                self.update(name) {
                    $0.function = function
                    if isVolatile { $0.flags.insert(.isVolatile) }
                }
            }
        }
    }

    /// What is known of the word in `text[start..<end]`.
    ///
    /// - Parameter folds: ASCII capitals count as small letters, as in unquoted names.
    func lookUp(_ text: Span<UInt8>, from start: Int, to end: Int, folds: Bool) -> Word {
        let length = end &- start
        guard start >= 0, length > 0, end <= text.count else { return .unknown }
        guard length <= Self.lengthMax else {
            return Self.unknown(text, start, length, folds: folds)
        }
        var hash = Self.seed
        for index in start..<end { hash = Self.mix(hash, text[index]) }
        var at = Self.slot(of: hash)
        while true {
            let slot = self.slots[at]
            if slot.length == 0 { return Self.unknown(text, start, length, folds: folds) }
            if Int(slot.length) == length {
                var matches = true
                for offset in 0..<length {
                    let byte = text[start &+ offset]
                    if (folds ? Self.fold(byte) : byte)
                        != self.letters[Int(slot.start) &+ offset]
                    {
                        matches = false
                        break
                    }
                }
                if matches { return slot.word }
            }
            at = (at &+ 1) & (Self.slotCount &- 1)
        }
    }

    private mutating func update(_ name: some Collection<UInt8>, _ change: (inout Word) -> Void) {
        var hash = Self.seed
        for byte in name { hash = Self.mix(hash, byte) }
        var at = Self.slot(of: hash)
        while self.slots[at].length != 0 {
            let slot = self.slots[at]
            let known = self.letters[Int(slot.start)..<(Int(slot.start) + Int(slot.length))]
            if known.elementsEqual(name) {
                change(&self.slots[at].word)
                return
            }
            at = (at + 1) & (Self.slotCount - 1)
        }
        var slot = Slot(start: UInt16(self.letters.count), length: UInt8(name.count))
        if name.starts(with: "pg_".utf8) { slot.word.flags.insert(.hasCatalogPrefix) }
        change(&slot.word)
        self.letters.append(contentsOf: name)
        self.slots[at] = slot
    }

    /// What the beginning of a word that is not in the tables tells.
    @inline(__always)
    private static func unknown(
        _ text: Span<UInt8>, _ start: Int, _ length: Int, folds: Bool
    ) -> Word {
        guard length >= 3, text[start &+ 2] == UInt8(ascii: "_"),
            Self.begins(text, start, length, with: "pg_", folds: folds)
        else { return .unknown }
        var word = Word.unknown
        word.flags.insert(.hasCatalogPrefix)
        if Self.begins(text, start, length, with: BuiltInFunctions.nodeSpecificPrefix, folds: folds)
        {
            word.function = .nodeSpecific
        }
        return word
    }

    private static func begins(
        _ text: Span<UInt8>, _ start: Int, _ length: Int, with prefix: StaticString, folds: Bool
    ) -> Bool {
        guard prefix.utf8CodeUnitCount <= length else { return false }
        return prefix.withUTF8Buffer { prefix in
            for offset in prefix.indices {
                let byte = text[start &+ offset]
                if (folds ? Self.fold(byte) : byte) != prefix[offset] { return false }
            }
            return true
        }
    }

    @inline(__always)
    static func fold(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    private static let seed: UInt64 = 0

    /// Capitals and small letters have one hash; they are told apart where words are compared.
    @inline(__always)
    private static func mix(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
        (hash &<< 5 | hash &>> 59) ^ UInt64(byte | 0x20)
    }

    @inline(__always)
    private static func slot(of hash: UInt64) -> Int {
        Int(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) &>> 51) & (Self.slotCount &- 1)
    }
}
