import PostgresWire
import Routing
import TestSupport
import Testing

@testable import Proxy

@Suite("what the catalog thread sends and reads") struct CatalogExchangeTests {
    private static func row(_ columns: [[UInt8]?]) -> [UInt8] {
        var writer = WireWriter()
        writer.uint16(UInt16(columns.count))
        for column in columns {
            writer.uint32(column.map { UInt32($0.count) } ?? .max)
            writer.raw(column ?? [])
        }
        return writer.bytes
    }

    private static func columns(_ bytes: [UInt8]) -> [[UInt8]?]? {
        CatalogExchange.columns(bytes.span.bytes)
    }

    @Test("reads the columns of a row; a row that is cut short is none")
    func columns() {
        let columns: [[UInt8]?] = [[1, 2, 3], nil, [], [0, 255]]
        let row = Self.row(columns)
        #expect(Self.columns(row) == columns)
        for length in 0..<row.count {
            #expect(Self.columns(Array(row[..<length])) == nil)
        }
        #expect(Self.columns([0, 1, 0x7F, 0xFF, 0xFF, 0xFF]) == nil)
    }

    @Test("survives any bytes")
    func noise() {
        var random = SeededGenerator(seed: 67)
        var readable = 0
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in
                Bool.random(using: &random) ? 0 : UInt8.random(in: 0...4, using: &random)
            }
            if Self.columns(bytes) != nil { readable += 1 }
        }
        #expect(readable > 100)
    }

    @Test("sends whole messages, the statement's text only once")
    func messages() {
        let question = CatalogQuestion(
            relations: [Array("a\"b".utf8), []], functions: [Array("f".utf8)])
        func types(_ bytes: [UInt8]) -> String {
            var types = ""
            var at = 0
            while case .header(let header) = FrameHeader.read(bytes.span.bytes, at: at) {
                types.append(Character(UnicodeScalar(header.type)))
                at += header.total
            }
            #expect(at == bytes.count)
            return types
        }
        #expect(types(CatalogExchange.ask(question, isPrepared: false)) == "PBES")
        let bytes = CatalogExchange.ask(question, isPrepared: true)
        #expect(types(bytes) == "BES")
        // A text[] of two: one dimension, no NULL flag, oid 25, two elements from 1.
        let array: [UInt8] =
            [0, 0, 0, 31, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 25, 0, 0, 0, 2, 0, 0, 0, 1]
            + [0, 0, 0, 0, 0, 0, 0, 3] + Array("a\"b".utf8)
        #expect(bytes.count > array.count)
        let isThere = bytes.indices.contains { bytes[$0...].starts(with: array) }
        #expect(isThere)
    }
}
