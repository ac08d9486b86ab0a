import SQLSyntax
import TestSupport
import Testing

@Suite struct LexerTests {
    /// Tokens as `kind:text`, for tables that can be read.
    private static func tokens(
        _ sql: some Sequence<UInt8>, _ dialect: TextDialect = .standard
    ) -> [String] {
        let bytes = Array(sql)
        var lexer = Lexer(dialect: dialect)
        var result: [String] = []
        while true {
            let token = lexer.next(in: bytes.span)
            if token.kind == .end { return result }
            result.append(
                "\(token.kind):\(String(decoding: bytes[token.start..<token.end], as: UTF8.self))")
        }
    }

    @Test(
        "one token is read as a whole",
        arguments: [
            ("abc", TokenKind.word), ("_a1$b$c", .word), ("テーブル", .word), ("e", .word),
            ("u", .word), ("xE", .word),
            ("\"a b\"", .quotedName), ("\"a\"\"b\"", .quotedName), ("U&\"d\\0061\"", .unicodeName),
            ("\"\"", .invalid), ("\"open", .unterminated), ("u&\"open", .unterminated),
            ("''", .string), ("'it''s; ok'", .string), ("'a\\'", .string), ("E'a\\'b'", .string),
            ("e'\\\\'", .string), ("N'a'", .string), ("U&'\\0041'", .string),
            ("'a'\n'b'", .string), ("'a' -- c\n 'b'", .string), ("'a' \t\r 'b' \n 'c'", .string),
            ("'open", .unterminated), ("E'a\\'", .unterminated), ("E'a\\", .unterminated),
            ("B'101'", .bitString), ("x'1F'", .bitString), ("X'1F\\'", .bitString),
            ("$$a;'b$$", .string), ("$x$ $$ $y$ $x$", .string), ("$é1$ $$ $é1$", .string),
            ("$$ open", .unterminated), ("$a$ $A$", .unterminated), ("$", .invalid),
            ("$1", .parameter), ("$12a", .invalid),
            ("0", .number), ("12", .number), ("1.5e3", .number), (".5", .number), ("5.", .number),
            ("1e-3", .number), ("1E+10", .number), ("5.e1", .number), ("0x1F", .number),
            ("0b11", .number), ("0o17", .number), ("1_000.000_1", .number), ("0x_1", .number),
            ("1a", .invalid), ("1_", .invalid), ("1__0", .invalid), ("1e", .invalid),
            ("0x", .invalid), ("0b12", .invalid), ("0o8", .invalid),
            ("1.a", .invalid), ("..", .invalid), ("\\", .invalid), ("\0", .invalid),
            ("<=", .operation), ("->>", .operation), ("@-", .operation), ("*/", .operation),
            ("?|", .operation), ("!=-", .operation), ("||", .operation),
            ("::", .typecast), (":=", .namedArgument), ("=>", .namedArgument), (":", .colon),
            ("(", .leftParenthesis), (")", .rightParenthesis), ("[", .leftBracket),
            ("]", .rightBracket), (",", .comma), (".", .dot), (";", .semicolon),
            ("/* open", .unterminated), ("/* a /* b */", .unterminated),
        ])
    func oneToken(text: String, kind: TokenKind) {
        #expect(Self.tokens(text.utf8) == ["\(kind):\(text)"])
    }

    @Test(
        "a text is cut where PostgreSQL cuts it",
        arguments: [
            ("a$b$c$d x", ["word:a$b$c$d", "word:x"]),
            ("xE'a'", ["word:xE", "string:'a'"]),
            ("5---1", ["number:5"]),
            ("5 - -1", ["number:5", "operation:-", "operation:-", "number:1"]),
            ("a<-1", ["word:a", "operation:<", "operation:-", "number:1"]),
            ("a=-+1", ["word:a", "operation:=", "operation:-", "operation:+", "number:1"]),
            ("@ -3", ["operation:@", "operation:-", "number:3"]),
            ("@-3", ["operation:@-", "number:3"]),
            ("a/*c*/+/*d*/b", ["word:a", "operation:+", "word:b"]),
            ("a+/*c*/b", ["word:a", "operation:+", "word:b"]),
            ("a<--c\nb", ["word:a", "operation:<", "word:b"]),
            ("/* a /* b */ c */x", ["word:x"]),
            ("--x\ry", ["word:y"]),
            ("'a' /* c */ 'b'", ["string:'a'", "string:'b'"]),
            ("'a' 'b'", ["string:'a'", "string:'b'"]),
            ("B'1''0'", ["bitString:B'1'", "string:'0'"]),
            ("1..2", ["number:1", "invalid:..", "number:2"]),
            ("1$1", ["number:1", "parameter:$1"]),
            ("$1$$;x$$", ["parameter:$1", "string:$$;x$$"]),
            ("$a b", ["invalid:$", "word:a", "word:b"]),
            ("1e+", ["invalid:1e", "operation:+"]),
            ("U&", ["word:U", "operation:&"]),
            ("a::int", ["word:a", "typecast:::", "word:int"]),
            (
                "a[1:2]",
                ["word:a", "leftBracket:[", "number:1", "colon::", "number:2"]
                    + ["rightBracket:]"]
            ),
            ("a.b.*", ["word:a", "dot:.", "word:b", "dot:.", "operation:*"]),
            ("\u{0B}a\u{0C}b", ["word:a", "word:b"]),
            ("a\u{A0}b", ["word:a\u{A0}b"]),
        ])
    func manyTokens(text: String, expected: [String]) {
        #expect(Self.tokens(text.utf8) == expected)
    }

    @Test("without standard_conforming_strings a backslash escapes in plain strings only")
    func nonStandardStrings() {
        let dialect = TextDialect(standardConformingStrings: false)
        #expect(Self.tokens("'a\\';'".utf8, dialect) == ["string:'a\\';'"])
        #expect(Self.tokens("N'a\\';'".utf8, dialect) == ["string:N'a\\';'"])
        #expect(Self.tokens("\"a\\\"".utf8, dialect) == ["quotedName:\"a\\\""])
        #expect(Self.tokens("$$\\$$".utf8, dialect) == ["string:$$\\$$"])
        #expect(Self.tokens("X'1\\'".utf8, dialect) == ["bitString:X'1\\'"])
        #expect(Self.tokens("U&'a'".utf8, dialect) == ["invalid:U&'a'"])
    }

    @Test("an operator has at most 63 characters")
    func operatorLength() {
        let longest = String(repeating: "+", count: 62) + "|"
        #expect(Self.tokens(longest.utf8) == ["operation:\(longest)"])
        #expect(Self.tokens("|\(longest)".utf8) == ["invalid:|\(longest)"])
    }

    @Test("the encodings that hide ASCII are known by all their names")
    func encodingNames() {
        #expect(ClientEncoding(name: "SJIS".utf8) == .sjis)
        #expect(ClientEncoding(name: "Shift_JIS".utf8) == .sjis)
        #expect(ClientEncoding(name: "shift-jis-2004".utf8) == .shiftJIS2004)
        #expect(ClientEncoding(name: "win949".utf8) == .uhc)
        #expect(ClientEncoding(name: "GB18030".utf8) == .gb18030)
        #expect(ClientEncoding(name: "UTF8".utf8) == .asciiSafe)
    }

    @Test("tokens cover any bytes in order and the rest is blank")
    func totality() {
        var random = SeededGenerator(seed: 41)
        let alphabet = Array("ab1_$'\"\\;-/*+.:,()[]<@?eEuU&xX\n\r \u{0}é".utf8)
        for round in 0..<4000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                round % 8 == 0
                    ? UInt8.random(in: 0...255, using: &random)
                    : alphabet.randomElement(using: &random) ?? 0
            }
            let dialect = TextDialect(
                standardConformingStrings: Bool.random(using: &random),
                encoding: round % 5 == 0 ? .sjis : .asciiSafe)
            var lexer = Lexer(dialect: dialect)
            var reached = 0
            while true {
                let token = lexer.next(in: bytes.span)
                #expect(token.start >= reached && token.end <= bytes.count, "\(bytes)")
                let gap = bytes[reached..<token.start]
                #expect(token.followsBlank == !gap.isEmpty)
                if !token.followsComment { #expect(gap.allSatisfy { $0 <= 0x20 }) }
                reached = token.end
                if token.kind == .end { break }
                #expect(token.end > token.start)
            }
            #expect(reached == bytes.count)
            let after = lexer.next(in: bytes.span)
            #expect(after.kind == .end)
        }
    }
}
