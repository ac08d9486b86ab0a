/// Analyses the SQL texts of one worker thread, and remembers what it analysed.
///
/// Two caches: one by the exact text for clients that repeat themselves, and one by the text without
/// its literals (`StatementShape`). A hit in either allocates nothing. What depends on literals is
/// kept out of the second.
public struct StatementAnalyzer: ~Copyable {
    private let options: AnalysisOptions
    private var exact: AnalysisCache?
    private var shapes: AnalysisCache?
    private var doorkeeper: Doorkeeper
    private var key: KeyBuffer
    /// Longer texts are analysed each time.
    private let textLengthMax: Int

    /// - Parameter cacheBytesMax: upper bound of the memory for cached texts, in bytes; less than
    ///   16 KiB caches nothing.
    public init(options: AnalysisOptions = AnalysisOptions(), cacheBytesMax: Int = 4 << 20) {
        self.options = options
        let shapesBytesMax = options.usesShapes ? cacheBytesMax / 2 : 0
        self.exact = AnalysisCache(bytesMax: cacheBytesMax - shapesBytesMax)
        self.shapes = AnalysisCache(bytesMax: shapesBytesMax)
        self.doorkeeper = Doorkeeper()
        self.textLengthMax =
            cacheBytesMax / 2 >= AnalysisCache.bytesMin ? AnalysisCache.keyLengthLimit : 0
        self.key = KeyBuffer(capacity: self.textLengthMax)
    }

    /// Analyses one message's text, without its trailing NUL.
    ///
    /// - Parameters:
    ///   - dialect: what is in force in the session before the message.
    ///   - isComplete: false for a text that was cut at a limit; then nothing is known of it.
    public mutating func analyze(
        _ text: Span<UInt8>, dialect: TextDialect = .standard, isComplete: Bool = true
    ) -> StatementAnalysis {
        guard isComplete else { return .tooLong }
        guard text.count <= self.textLengthMax else {
            return self.parse(text, dialect: dialect)
        }
        let salt = dialect.encoding.rawValue &<< 1 | (dialect.standardConformingStrings ? 1 : 0)
        let hash = KeyHash(text, salt: salt)
        if let found = self.exact?.find(text, hash: hash) { return found }
        let analysis = self.analyzeByShape(text, dialect: dialect, salt: salt)
        if self.doorkeeper.admits(hash) { self.exact?.insert(text, hash: hash, analysis) }
        return analysis
    }

    private func parse(_ text: Span<UInt8>, dialect: TextDialect) -> StatementAnalysis {
        StatementAnalysis(
            StatementParser.parse(text, dialect: dialect, options: self.options),
            options: self.options)
    }

    private mutating func analyzeByShape(
        _ text: Span<UInt8>, dialect: TextDialect, salt: UInt8
    ) -> StatementAnalysis {
        guard self.options.usesShapes,
            StatementShape.write(text, dialect: dialect, options: self.options, to: &self.key)
        else { return self.parse(text, dialect: dialect) }
        return self.key.withKey { key in
            let hash = KeyHash(key, salt: salt)
            if let found = self.shapes?.find(key, hash: hash) { return found }
            let analysis = self.parse(text, dialect: dialect)
            if !analysis.traits.contains(.dependsOnLiterals) {
                self.shapes?.insert(key, hash: hash, analysis)
            }
            return analysis
        }
    }
}
