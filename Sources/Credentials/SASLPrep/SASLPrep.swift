/// SASLprep (RFC 4013) exactly as PostgreSQL applies it to passwords before SCRAM.
///
/// - Plain ASCII is returned as it is, controls included.
/// - Non-ASCII spaces become U+0020, the characters of RFC 3454 B.1 vanish, the rest is put into
///   normalization form KC.
/// - Where the profile refuses a password (invalid UTF-8, nothing left, a prohibited or
///   unassigned character, mixed direction) the original bytes are used unchanged. PostgreSQL
///   looks for refused characters *before* normalization, and so does this.
///
/// "Unassigned" means Unicode 3.2, so a later version of Unicode changes no result.
public enum SASLPrep {
    /// The bytes that go into the key derivation for `password`. Total: never fails.
    public static func prepare(_ password: [UInt8]) -> [UInt8] {
        guard !password.allSatisfy({ $0 < 0x80 }) else { return password }
        guard let mapped = map(password), !mapped.isEmpty, isAllowed(mapped) else {
            return password
        }
        var prepared: [UInt8] = []
        for code in normalizeKC(mapped) {
            guard let scalar = Unicode.Scalar(code) else { return password }
            prepared.append(contentsOf: Array(String(scalar).utf8))
        }
        return prepared
    }

    /// Step 1, mapping; nil for invalid UTF-8.
    private static func map(_ password: [UInt8]) -> [UInt32]? {
        let data = SASLPrepData.shared
        var mapped: [UInt32] = []
        var decoder = Unicode.UTF8()
        var input = password.makeIterator()
        while true {
            switch decoder.decode(&input) {
            case .emptyInput: return mapped
            case .error: return nil
            case .scalarValue(let scalar):
                if data.spaces.contains(scalar.value) {
                    mapped.append(0x20)
                } else if !data.nothing.contains(scalar.value) {
                    mapped.append(scalar.value)
                }
            }
        }
    }

    /// Steps 3 and 4: nothing prohibited or unassigned, and one direction only.
    private static func isAllowed(_ codes: [UInt32]) -> Bool {
        let data = SASLPrepData.shared
        guard !codes.contains(where: { data.refused.contains($0) }) else { return false }
        guard codes.contains(where: { data.rightToLeft.contains($0) }) else { return true }
        guard let first = codes.first, let last = codes.last else { return false }
        return !codes.contains(where: { data.leftToRight.contains($0) })
            && data.rightToLeft.contains(first) && data.rightToLeft.contains(last)
    }

    /// Step 2, normalization form KC (UAX #15): decompose, order the marks, compose.
    private static func normalizeKC(_ codes: [UInt32]) -> [UInt32] {
        var decomposed: [Mark] = []
        for code in codes {
            for part in decompose(code) { decomposed.append(Mark(part)) }
        }
        orderMarks(&decomposed)
        return compose(decomposed)
    }

    /// A code point with its canonical combining class.
    private struct Mark {
        var code: UInt32
        var combiningClass: UInt8

        init(_ code: UInt32) {
            self.code = code
            combiningClass =
                Unicode.Scalar(code)?.properties.canonicalCombiningClass.rawValue ?? 0
        }
    }

    private static func decompose(_ code: UInt32) -> [UInt32] {
        guard Hangul.syllables.contains(code) else {
            return SASLPrepData.shared.decompositions[code] ?? [code]
        }
        let index = code - Hangul.syllables.lowerBound
        let leading = Hangul.leading.lowerBound + index / Hangul.syllablesPerLeading
        let vowel =
            Hangul.vowels.lowerBound
            + index % Hangul.syllablesPerLeading / Hangul.trailingCount
        let trailing = index % Hangul.trailingCount
        return trailing == 0
            ? [leading, vowel] : [leading, vowel, Hangul.trailingBase + trailing]
    }

    /// Sorts each run of marks by class; equal classes keep their order.
    private static func orderMarks(_ marks: inout [Mark]) {
        var start = 0
        while start < marks.count {
            guard marks[start].combiningClass != 0 else {
                start += 1
                continue
            }
            var end = start
            while end < marks.count, marks[end].combiningClass != 0 { end += 1 }
            // The standard library's sort is stable.
            marks[start..<end].sort { $0.combiningClass < $1.combiningClass }
            start = end
        }
    }

    private static func compose(_ marks: [Mark]) -> [UInt32] {
        var output: [UInt32] = []
        var starterIndex: Int?
        var lastClass: UInt8?
        for mark in marks {
            // A mark reaches its starter unless one of the same or a higher class stands between.
            if let index = starterIndex, lastClass.map({ $0 < mark.combiningClass }) ?? true,
                let composite = composite(output[index], mark.code)
            {
                output[index] = composite
                continue
            }
            if mark.combiningClass == 0 {
                starterIndex = output.count
                lastClass = nil
            } else {
                lastClass = mark.combiningClass
            }
            output.append(mark.code)
        }
        return output
    }

    private static func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if Hangul.leading.contains(first), Hangul.vowels.contains(second) {
            let leading = first - Hangul.leading.lowerBound
            let vowel = second - Hangul.vowels.lowerBound
            return Hangul.syllables.lowerBound + leading * Hangul.syllablesPerLeading
                + vowel * Hangul.trailingCount
        }
        if Hangul.syllables.contains(first), Hangul.trailing.contains(second),
            (first - Hangul.syllables.lowerBound).isMultiple(of: Hangul.trailingCount)
        {
            return first + (second - Hangul.trailingBase)
        }
        return SASLPrepData.shared.compositions[UInt64(first) << 32 | UInt64(second)]
    }
}

/// The arithmetic of Hangul syllables (Unicode, section 3.12).
private enum Hangul {
    static let syllables: ClosedRange<UInt32> = 0xAC00...0xD7A3
    static let leading: ClosedRange<UInt32> = 0x1100...0x1112
    static let vowels: ClosedRange<UInt32> = 0x1161...0x1175
    static let trailing: ClosedRange<UInt32> = 0x11A8...0x11C2
    /// One before the first trailing consonant: index 0 means that there is none.
    static let trailingBase: UInt32 = 0x11A7
    static let trailingCount: UInt32 = 28
    static let syllablesPerLeading: UInt32 = 588
}
