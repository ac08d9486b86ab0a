import SQLSyntax

/// SQL text. The first byte chooses the dialect.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard let data, count > 0 else { return 0 }
    let text = UnsafeBufferPointer(start: data + 1, count: count - 1).span
    let encodings = ClientEncoding.allCases
    let dialect = TextDialect(
        standardConformingStrings: data[0] & 1 == 0,
        encoding: data[0] < 0xF0 ? .asciiSafe : encodings[Int(data[0] >> 1) % encodings.count])
    var lexer = Lexer(dialect: dialect)
    var end = 0
    while true {
        let token = lexer.next(in: text)
        precondition(token.start >= end && token.end >= token.start && token.end <= text.count)
        if token.kind == .end { break }
        precondition(token.end > token.start)
        end = token.end
    }

    let options = AnalysisOptions(
        allowSQLComments: data[0] & 2 != 0, ignoreLeadingWhiteSpace: data[0] & 4 == 0,
        usesShapes: data[0] & 8 == 0)
    let message = StatementParser.parse(text, dialect: dialect, options: options)
    let split = StatementSplitter.split(text, dialect: dialect)
    precondition(split == message.statements.map(\.range))
    for statement in message.statements {
        precondition(!statement.isReadOnly || statement.effect != .write)
        // Nothing that is named is empty, and no name is longer than PostgreSQL has them.
        precondition(statement.tables.allSatisfy { (1...63).contains($0.name.count) })
        precondition(statement.functions.allSatisfy { (1...63).contains($0.name.count) })
    }

    var analyzer = StatementAnalyzer(options: options, cacheBytesMax: 0)
    let fresh = analyzer.analyze(text, dialect: dialect)
    var caching = StatementAnalyzer(options: options, cacheBytesMax: 1 << 16)
    for _ in 0..<3 {
        let cached = caching.analyze(text, dialect: dialect)
        precondition(cached == fresh)
    }
    return 0
}
