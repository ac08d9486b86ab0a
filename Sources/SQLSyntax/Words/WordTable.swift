/// What the tables know of one word.
struct Word: BitwiseCopyable, Equatable, Sendable {
    var keyword: Keyword = .none
    var function: BuiltInClass = .mayWrite
    /// Cannot be the name of a user's function when it is unquoted and unqualified.
    var isUncallable = false
    /// Begins with `pg_`, as system catalogs and views do.
    var hasCatalogPrefix = false

    static let unknown = Word()
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
    private static let lengthMax = 40
    private static let slotCount = 4096

    private var slots: [Slot]
    private var letters: [UInt8]

    static let shared = WordTable()

    private init() {
        self.slots = Array(repeating: Slot(), count: Self.slotCount)
        self.letters = []
        for keyword in Keyword.allCases where keyword != .none {
            self.update(keyword.spelling.utf8) { $0.keyword = keyword }
        }
        for list in [UncallableWords.reserved, UncallableWords.special] {
            for name in list.utf8.split(separator: UInt8(ascii: " ")) {
                self.update(name) { $0.isUncallable = true }
            }
        }
        for name in BuiltInFunctions.harmless.utf8.split(separator: UInt8(ascii: " ")) {
            self.update(name) { $0.function = .harmless }
        }
        for name in BuiltInFunctions.nodeSpecific.utf8.split(separator: UInt8(ascii: " ")) {
            self.update(name) { $0.function = .nodeSpecific }
        }
    }

    /// What is known of the word in `text[start..<end]`.
    ///
    /// - Parameter folds: ASCII capitals count as small letters, as in unquoted names.
    func lookUp(_ text: Span<UInt8>, from start: Int, to end: Int, folds: Bool) -> Word {
        let length = end &- start
        guard start >= 0, length > 0, end <= text.count else { return .unknown }
        var unknown = Word.unknown
        unknown.hasCatalogPrefix = Self.hasCatalogPrefix(text, start, length, folds: folds)
        guard length <= Self.lengthMax else { return unknown }
        var hash = Self.seed
        for index in start..<end {
            hash = Self.mix(hash, folds ? Self.fold(text[index]) : text[index])
        }
        var at = Self.slot(of: hash)
        while true {
            let slot = self.slots[at]
            if slot.length == 0 { return unknown }
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
        slot.word.hasCatalogPrefix = name.starts(with: "pg_".utf8)
        change(&slot.word)
        self.letters.append(contentsOf: name)
        self.slots[at] = slot
    }

    @inline(__always)
    private static func hasCatalogPrefix(
        _ text: Span<UInt8>, _ start: Int, _ length: Int, folds: Bool
    ) -> Bool {
        guard length >= 3, text[start &+ 2] == UInt8(ascii: "_") else { return false }
        let first = text[start]
        let second = text[start &+ 1]
        return (folds ? Self.fold(first) : first) == UInt8(ascii: "p")
            && (folds ? Self.fold(second) : second) == UInt8(ascii: "g")
    }

    @inline(__always)
    private static func fold(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    private static let seed: UInt64 = 0

    @inline(__always)
    private static func mix(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
        (hash &<< 5 | hash &>> 59) ^ UInt64(byte)
    }

    @inline(__always)
    private static func slot(of hash: UInt64) -> Int {
        Int(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) &>> 52) & (Self.slotCount &- 1)
    }
}
