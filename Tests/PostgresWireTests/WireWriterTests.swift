import PostgresWire
import Testing

@Suite("Writing messages")
struct WireWriterTests {
    /// The body of the only message in `writer`, whose header must fit.
    private func body(_ writer: WireWriter, _ type: UInt8) -> [UInt8] {
        let bytes = writer.bytes
        guard case .header(let header) = FrameHeader.read(bytes.span.bytes, at: 0) else {
            Issue.record("no header in \(bytes)")
            return []
        }
        #expect(header.type == type)
        #expect(header.total == bytes.count)
        return Array(bytes.dropFirst(FrameHeader.byteCount))
    }

    private func written(_ write: (inout WireWriter) -> Void) -> WireWriter {
        var writer = WireWriter()
        write(&writer)
        return writer
    }

    @Test("a startup message is read back")
    func startup() {
        let parameters = [
            StartupMessage.Parameter(name: Array("user".utf8), value: Array("alice".utf8)),
            StartupMessage.Parameter(name: Array("application_name".utf8), value: []),
        ]
        let bytes = written { $0.startup(parameters) }.bytes
        #expect(
            StartupPacket.read(bytes.span.bytes)
                == .packet(
                    .startup(StartupMessage(minorVersion: 0, parameters: parameters)),
                    byteCount: bytes.count))
    }

    @Test("a cancel request is read back, with a negative pid and a long key", arguments: [4, 256])
    func cancelRequest(_ count: Int) {
        let key = CancelKey(processID: -5, secret: [UInt8](repeating: 0xAB, count: count))
        let bytes = written { $0.cancelRequest(key) }.bytes
        #expect(
            StartupPacket.read(bytes.span.bytes) == .packet(.cancel(key), byteCount: bytes.count))
    }

    @Test(
        "each authentication request is read back",
        arguments: [
            .ok, .clearText, .md5(salt: [1, 2, 3, 4]),
            .sasl(mechanisms: ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"]), .sasl(mechanisms: []),
            .saslContinue(Array("r=x".utf8)), .saslContinue([]), .saslFinal(Array("v=y".utf8)),
            .unsupported(7),
        ] as [AuthenticationRequest])
    func authentication(_ request: AuthenticationRequest) {
        let fields = body(written { $0.authentication(request) }, BackendType.authentication)
        #expect(AuthenticationRequest.read(fields.span.bytes) == request)
    }

    @Test("a SASL initial response is read back", arguments: [[], Array("n,,n=,r=abc".utf8)])
    func saslInitialResponse(_ data: [UInt8]) {
        let fields = body(
            written { $0.saslInitialResponse(mechanism: "SCRAM-SHA-256", data: data) },
            FrontendType.password)
        let read = SASLInitialResponse.read(fields.span.bytes)
        #expect(read?.mechanism == "SCRAM-SHA-256")
        #expect(read?.data == data)
    }

    @Test(
        "a report becomes an error or a notice with its fields",
        arguments: [
            (.error, BackendType.errorResponse), (.fatal, BackendType.errorResponse),
            (.notice, BackendType.noticeResponse), (.warning, BackendType.noticeResponse),
        ] as [(ServerReport.Severity, UInt8)])
    func report(_ severity: ServerReport.Severity, _ type: UInt8) {
        let report = ServerReport(
            severity, .invalidPassword, "no", detail: "a detail", hint: "a hint")
        let fields = body(written { $0.report(report) }, type)
        let read = ReportFields.read(fields.span.bytes)
        #expect(read.severity == severity.rawValue)
        #expect(read.code == "28P01")
        #expect(read.message == "no")
        #expect(fields.last == 0)
        var reader = WireReader(fields.span.bytes)
        var codes: [UInt8] = []
        while let code = reader.uint8(fields.span.bytes), code != 0 {
            codes.append(code)
            #expect(reader.string(fields.span.bytes) != nil)
        }
        #expect(codes == Array("SVCMDH".utf8))
        #expect(reader.remaining == 0)
    }

    @Test("detail and hint are left out where there are none")
    func shortReport() {
        let fields = body(
            written { $0.report(ServerReport(.error, .internalError, "x")) },
            BackendType.errorResponse)
        #expect(
            fields == [0x53] + strings("ERROR") + [0x56] + strings("ERROR")
                + [0x43] + strings("XX000") + [0x4D] + strings("x") + [0])
    }

    @Test("messages of a few fields are exactly these bytes")
    func plain() {
        let key = CancelKey(processID: 258, secret: [9, 8, 7, 6])
        let table: [((inout WireWriter) -> Void, UInt8, [UInt8])] = [
            ({ $0.readyForQuery(.idle) }, BackendType.readyForQuery, [0x49]),
            ({ $0.readyForQuery(.inTransaction) }, BackendType.readyForQuery, [0x54]),
            ({ $0.readyForQuery(.failed) }, BackendType.readyForQuery, [0x45]),
            (
                { $0.parameterStatus("TimeZone".utf8, "UTC".utf8) }, BackendType.parameterStatus,
                strings("TimeZone", "UTC")
            ),
            (
                { $0.backendKeyData(key) }, BackendType.backendKeyData,
                [0, 0, 1, 2, 9, 8, 7, 6]
            ),
            (
                { $0.negotiateProtocolVersion(minor: 2, unknown: [Array("_pq_.a".utf8)]) },
                BackendType.negotiateProtocolVersion,
                [0, 3, 0, 2, 0, 0, 0, 1] + strings("_pq_.a")
            ),
            ({ $0.query("SELECT 1".utf8) }, FrontendType.query, strings("SELECT 1")),
            ({ $0.password("secret".utf8) }, FrontendType.password, strings("secret")),
            ({ $0.saslResponse([1, 2]) }, FrontendType.password, [1, 2]),
            ({ $0.empty(FrontendType.sync) }, FrontendType.sync, []),
            ({ $0.copyFail("no") }, FrontendType.copyFail, strings("no")),
            ({ $0.closeStatement("s1".utf8) }, FrontendType.close, [0x53] + strings("s1")),
        ]
        for (write, type, expected) in table {
            #expect(body(written(write), type) == expected, "type \(type)")
        }
    }

    @Test("a NUL inside a string cannot smuggle a second field")
    func embeddedNul() {
        #expect(body(written { $0.query([0x41, 0, 0x42]) }, FrontendType.query) == [0x41, 0])
        #expect(body(written { $0.password([0]) }, FrontendType.password) == [0])
    }

    @Test("several messages follow each other, each with its own length")
    func several() {
        let bytes = written {
            $0.query("A".utf8)
            $0.empty(FrontendType.sync)
        }.bytes
        #expect(bytes == frame(FrontendType.query, strings("A")) + frame(FrontendType.sync))
    }

    @Test(
        "columns of our own are text and numbered from 0", arguments: [TextType.unspecified, .text])
    func rowDescription(_ type: TextType) {
        let fields = body(
            written { $0.rowDescription(["a", "bc"], type: type) { $0 == 1 } },
            BackendType.rowDescription)
        func column(_ name: [UInt8], _ number: UInt8, _ format: UInt8) -> [UInt8] {
            name + [0, 0, 0, 0, 0, 0, number] + [0, 0, 0, UInt8(type.rawValue)]
                + [0xFF, 0xFF, 0, 0, 0, 0, 0, format]
        }
        #expect(
            fields == [0, 2] + column(Array("a".utf8), 0, 0) + column(Array("bc".utf8), 1, 1))
    }

    @Test("a row of texts has lengths in bytes and no nulls")
    func dataRow() {
        let fields = body(written { $0.dataRow(["x", "", "ä"]) }, BackendType.dataRow)
        #expect(fields == [0, 3, 0, 0, 0, 1, 0x78, 0, 0, 0, 0, 0, 0, 0, 2, 0xC3, 0xA4])
        #expect(body(written { $0.noParameters() }, BackendType.parameterDescription) == [0, 0])
    }
}
