/// The session facts on which tokenising depends.
///
/// PostgreSQL lexes a whole message before its first statement runs, so the values in force
/// *before* the message count, even when the message itself sets them.
public struct TextDialect: BitwiseCopyable, Equatable, Hashable, Sendable {
    /// `standard_conforming_strings`: off makes backslash an escape in plain strings.
    public var standardConformingStrings: Bool
    /// `client_encoding`.
    public var encoding: ClientEncoding

    public init(
        standardConformingStrings: Bool = true, encoding: ClientEncoding = .asciiSafe
    ) {
        self.standardConformingStrings = standardConformingStrings
        self.encoding = encoding
    }

    /// What nearly every session uses.
    public static let standard = TextDialect()
}

/// Client encodings, as far as a lexer must tell them apart.
///
/// In most of them each byte of a multibyte character is 0x80 or above, so that ASCII bytes are
/// what they seem. The others are allowed by PostgreSQL as client encodings only.
public enum ClientEncoding: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// UTF-8, EUC, LATIN, WIN, KOI8, ISO 8859, SQL_ASCII, MULE_INTERNAL.
    case asciiSafe
    case sjis
    case shiftJIS2004
    case big5
    case gbk
    case uhc
    case johab
    case gb18030

    /// A character may hold bytes below 0x80, such as a backslash.
    public var mayHideASCII: Bool { self != .asciiSafe }

    /// Recognises PostgreSQL's spellings of an encoding name: case and punctuation do not matter.
    public init(name: some Sequence<UInt8>) {
        var folded: [UInt8] = []
        for byte in name {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): folded.append(byte | 0x20)
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                folded.append(byte)
            default: continue
            }
        }
        // The aliases are those of PostgreSQL's pg_encname table.
        switch String(decoding: folded, as: UTF8.self) {
        case "sjis", "mskanji", "shiftjis", "win932", "windows932": self = .sjis
        case "shiftjis2004": self = .shiftJIS2004
        case "big5", "win950", "windows950": self = .big5
        case "gbk", "win936", "windows936": self = .gbk
        case "uhc", "win949", "windows949": self = .uhc
        case "johab": self = .johab
        case "gb18030": self = .gb18030
        default: self = .asciiSafe
        }
    }
}
