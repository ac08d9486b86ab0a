/// Names, and what is noted of relations and calls.
extension SkeletonParser {
    /// The token as a part of a name.
    var part: NamePart { NamePart(self.token) }

    /// The token as a part of a name, with what the tables know of quoted names, too.
    mutating func takePart(in text: Span<UInt8>) throws(Stop) -> NamePart {
        var part = self.part
        switch part.kind {
        case .word: break
        case .quotedName:
            part.word = self.words.lookUp(
                text, from: part.start &+ 1, to: part.end &- 1, folds: false)
            part.word.flags.subtract([.isReserved, .isTypeOrFunction, .isColumn])
        case .unicodeName:
            if let spelling = self.spelling(part.spelling) {
                part.word = self.words.lookUp(
                    spelling.span, from: 0, to: spelling.count, folds: false)
                part.word.flags.subtract([.isReserved, .isTypeOrFunction, .isColumn])
            }
        default: throw self.unexpected
        }
        try self.advance(in: text)
        return part
    }

    /// A name of one part that is no restricted word.
    mutating func takeName(in text: Span<UInt8>) throws(Stop) -> NamePart {
        guard self.token.isName else { throw self.unexpected }
        return try self.takePart(in: text)
    }

    /// A name with dots; what follows a dot may be any word.
    mutating func takeQualifiedName(in text: Span<UInt8>) throws(Stop) -> QualifiedName {
        var name = QualifiedName(try self.takeName(in: text))
        while self.isAt(.dot), self.isNameNext(in: text) {
            try self.advance(in: text)
            name.append(try self.takePart(in: text))
        }
        return name
    }

    /// The name of a function, procedure or type, with dots or not.
    mutating func takeFunctionName(in text: Span<UInt8>) throws(Stop) -> QualifiedName {
        guard self.token.isAnyName, !self.token.word.isReserved else { throw self.unexpected }
        var name = QualifiedName(try self.takePart(in: text))
        while self.isAt(.dot), self.isNameNext(in: text) {
            try self.advance(in: text)
            name.append(try self.takePart(in: text))
        }
        return name
    }

    private func spelling(_ index: Int32) -> [UInt8]? {
        let index = Int(index)
        return self.spellings.indices.contains(index) ? self.spellings[index] : nil
    }

    /// A name's bytes: folded unless quoted, and cut where PostgreSQL cuts names.
    func bytes(of part: NamePart, in text: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        // One byte more than a name may have tells whether a character is cut.
        let countMax = Self.nameLengthMax &+ 1
        if let spelling = self.spelling(part.spelling) {
            bytes = Array(spelling.prefix(countMax))
        } else {
            bytes.reserveCapacity(Swift.min(part.end &- part.start, countMax))
            var at = part.inside.lowerBound
            while at < part.inside.upperBound, at < text.count, bytes.count < countMax {
                bytes.append(self.nameByte(of: part, &at, in: text))
            }
        }
        if bytes.count > Self.nameLengthMax {
            var length = Self.nameLengthMax
            // Not within a character of UTF-8.
            while length > 0, bytes[length] & 0xC0 == 0x80 { length &-= 1 }
            bytes.removeSubrange((length > 0 ? length : Self.nameLengthMax)...)
        }
        return bytes
    }

    private static var nameLengthMax: Int { 63 }

    /// The byte of a name that is written at `at`, which goes behind it.
    @inline(__always)
    private func nameByte(of part: NamePart, _ at: inout Int, in text: Span<UInt8>) -> UInt8 {
        let byte = text[at]
        at &+= 1
        // What is masked is not ASCII.
        if byte >= 0x80 { return self.byte(at &- 1, in: text) }
        guard part.kind == .quotedName else { return WordTable.fold(byte) }
        // A doubled quote stands for one.
        if byte == UInt8(ascii: "\"") { at &+= 1 }
        return byte
    }

    /// The byte that the client sent.
    func byte(_ at: Int, in text: Span<UInt8>) -> UInt8 {
        at < self.original.count ? self.original[at] : text[at]
    }

    /// Whether two parts are one name.
    func isSame(_ left: NamePart, _ right: NamePart, in text: Span<UInt8>) -> Bool {
        let isPlain =
            left.spelling < 0 && right.spelling < 0
            && Swift.max(left.inside.count, right.inside.count) <= Self.nameLengthMax
        guard isPlain else {
            return self.bytes(of: left, in: text) == self.bytes(of: right, in: text)
        }
        if left.kind == .word, right.kind == .word, self.original.isEmpty {
            let length = left.end &- left.start
            guard length == right.end &- right.start else { return false }
            for offset in 0..<length
            where WordTable.fold(text[left.start &+ offset])
                != WordTable.fold(text[right.start &+ offset])
            {
                return false
            }
            return true
        }
        var leftAt = left.inside.lowerBound
        var rightAt = right.inside.lowerBound
        while leftAt < left.inside.upperBound, rightAt < right.inside.upperBound {
            let byte = self.nameByte(of: left, &leftAt, in: text)
            if byte != self.nameByte(of: right, &rightAt, in: text) { return false }
        }
        return leftAt >= left.inside.upperBound && rightAt >= right.inside.upperBound
    }

    /// Whether a part is a word that the proxy knows, in lower case, or quoted so.
    func isSame(_ part: NamePart, _ word: StaticString, in text: Span<UInt8>) -> Bool {
        let bytes = self.bytes(of: part, in: text)
        return word.withUTF8Buffer { $0.elementsEqual(bytes) }
    }
}

/// Relations.
extension SkeletonParser {
    /// Notes a relation that the statement reads at `level`, unless WITH made the name.
    mutating func reads(
        _ name: QualifiedName, alias: NamePart?, level: Int32, in text: Span<UInt8>
    ) throws(Stop) {
        if name.count == 1, self.scope.count > 0,
            self.scope.contains(self.bytes(of: name.last, in: text))
        {
            return
        }
        if name.isOfSystem { self.draft.findings.insert(.readsSystem) }
        try self.note(name, .read, alias: alias, level: level)
    }

    /// Notes a relation that the statement writes or alters.
    mutating func writes(_ name: QualifiedName) throws(Stop) {
        try self.note(name, .write, alias: nil, level: 0)
    }

    mutating func locks(_ name: QualifiedName) throws(Stop) {
        try self.note(name, .lock, alias: nil, level: 0)
    }

    /// Notes a relation that the statement makes.
    mutating func creates(_ name: QualifiedName, isTemporary: Bool, in text: Span<UInt8>)
        throws(Stop)
    {
        try self.writes(name)
        if isTemporary || name.schema.map({ self.isSame($0, "pg_temp", in: text) }) == true {
            self.draft.findings.insert(.createsTemporary)
        }
    }

    private mutating func note(
        _ name: QualifiedName, _ mode: TableReference.Mode, alias: NamePart?, level: Int32
    ) throws(Stop) {
        guard self.draft.tables.count < Self.mentionsMax else { throw .limit }
        guard name.count <= 3 else { throw self.unexpected }
        self.draft.tables.append(
            Draft.Table(name: name, mode: mode, alias: alias ?? name.last, level: level))
    }
}

/// Calls.
extension SkeletonParser {
    /// Calls that are compared with a new one, so that a long list of rows notes its calls once.
    private static var recentCalls: Int { 16 }

    /// Notes a call; gives its index.
    mutating func calls(_ name: QualifiedName, in text: Span<UInt8>) throws(Stop) -> Int32 {
        var function = FunctionClass.unknown
        let word = name.last.word
        if name.count == 1 {
            function = word.function
        } else if name.schema?.word.keyword == .pgCatalog {
            function = word.function
            // The database in front of it may be spelt wrongly: nothing is harmless for sure.
            if name.count > 2, !function.doesSomething { function = .unknown }
        }
        if word.keyword == .currentSetting, function == .harmless, self.isAt(.leftParenthesis) {
            function = try self.classOfCurrentSetting(in: text)
        }
        if word.keyword == .age, function == .harmless, self.isAt(.leftParenthesis),
            try self.isTransactionIdentifier(in: text)
        {
            function = .nodeSpecific
        }
        self.note(function, isVolatile: word.flags.contains(.isVolatile))
        let call = Draft.Call(name: name, special: .none, function: function)
        for index in self.draft.calls.indices.suffix(Self.recentCalls)
        where self.isSame(self.draft.calls[index], call, in: text) {
            return Int32(clamping: index)
        }
        return try self.append(call)
    }

    /// Whether what stands in the parentheses here is a transaction's identifier, by its name or cast:
    /// its age is counted from the node's next one.
    private mutating func isTransactionIdentifier(in text: Span<UInt8>) throws(Stop) -> Bool {
        let start = self.mark
        var isIdentifier = false
        try self.advance(in: text)
        while self.token.isAnyName || self.isAt(.dot) || self.isAt(.typecast) || self.isAt(.string)
        {
            if self.token.isAnyName {
                let name = self.bytes(of: self.part, in: text)
                isIdentifier =
                    ["xmin", "xmax"].contains { $0.utf8.elementsEqual(name) }
                    || name.suffix(3).elementsEqual("xid".utf8)
            }
            try self.advance(in: text)
        }
        let isAll = self.isAt(.rightParenthesis)
        self.return(to: start)
        return isIdentifier && isAll
    }

    /// Notes a call with a syntax of its own.
    mutating func calls(_ special: SpecialCall) throws(Stop) {
        self.note(special.function, isVolatile: false)
        for call in self.draft.calls.suffix(Self.recentCalls) where call.special == special {
            return
        }
        _ = try self.append(Draft.Call(name: nil, special: special, function: special.function))
    }

    /// The call at `index` turned out to have so many arguments.
    mutating func counted(
        _ arguments: Int32, of index: Int32, in text: Span<UInt8>
    ) throws(Stop) {
        let index = Int(index)
        guard self.draft.calls.indices.contains(index) else { return }
        var call = self.draft.calls[index]
        if arguments == 1, call.function == .harmless, call.name?.last.word.keyword == .age {
            // Up to midnight of the transaction's day.
            self.draft.findings.insert(.callsTransactionTime)
        }
        if call.argumentCount == arguments { return }
        if call.argumentCount == Draft.Call.notCounted {
            self.draft.calls[index].argumentCount = arguments
            return
        }
        // The same function with another number of arguments.
        call.argumentCount = arguments
        for known in self.draft.calls.suffix(Self.recentCalls)
        where known.argumentCount == arguments && self.isSame(known, call, in: text) {
            return
        }
        _ = try self.append(call)
    }

    private mutating func append(_ call: Draft.Call) throws(Stop) -> Int32 {
        guard self.draft.calls.count < Self.mentionsMax else { throw .limit }
        self.draft.calls.append(call)
        return Int32(clamping: self.draft.calls.count &- 1)
    }

    private func isSame(_ left: Draft.Call, _ right: Draft.Call, in text: Span<UInt8>) -> Bool {
        guard left.function == right.function, let left = left.name, let right = right.name,
            left.count == right.count, self.isSame(left.last, right.last, in: text)
        else { return false }
        guard let leftSchema = left.schema, let rightSchema = right.schema else { return true }
        return self.isSame(leftSchema, rightSchema, in: text)
    }

    private mutating func note(_ function: FunctionClass, isVolatile: Bool) {
        if isVolatile { self.draft.findings.insert(.callsVolatile) }
        switch function {
        case .harmless, .harmlessVolatile: break
        case .unknown: self.draft.findings.insert(.callsUnknown)
        case .transactionTime: self.draft.findings.insert(.callsTransactionTime)
        case .nodeSpecific: self.draft.findings.insert(.callsNodeSpecific)
        case .writes: self.draft.findings.insert(.callsWriting)
        case .advisoryLock: self.draft.findings.formUnion([.callsWriting, .takesAdvisoryLock])
        case .leavesState: self.draft.findings.formUnion([.callsWriting, .leavesState])
        }
    }
}

extension FunctionClass {
    /// It writes, or leaves something behind.
    fileprivate var doesSomething: Bool {
        switch self {
        case .writes, .advisoryLock, .leavesState: true
        case .unknown, .harmless, .harmlessVolatile, .transactionTime, .nodeSpecific: false
        }
    }
}
