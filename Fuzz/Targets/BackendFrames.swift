import Credentials
import PostgresWire
import Sessions

/// What a server can send, at login and after it. The first byte chooses what it was asked.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard let data, count > 1 else { return 0 }
    let bytes = UnsafeRawBufferPointer(start: data + 1, count: count - 1).bytes
    login(bytes, choice: data[0])
    relay(bytes, choice: data[0])
    return 0
}

private func login(_ bytes: RawSpan, choice: UInt8) {
    let password = Array("secret".utf8)
    var login = ServerLogin(
        user: Array("alice".utf8), secret: choice & 1 == 0 ? .clearText(password) : nil)
    var position = 0
    while case .header(let header) = FrameHeader.read(bytes, at: position) {
        guard bytes.byteCount - position >= header.total else { return }
        var reader = WireReader(bytes, from: position, to: position + header.total)
        position += header.total
        switch login.received(header.type, frame: reader.rest(bytes)) {
        case .wait, .send, .relay: break
        case .needSecret:
            _ = choice & 2 == 0 ? login.passThrough() : login.secretKnown(.clearText(password))
        case .deriveKeys(_, let salt, let iterations):
            // Many rounds only take time.
            guard iterations <= 8,
                let keys = try? ScramClientKeys(
                    password: password, salt: salt, iterations: iterations)
            else { return }
            _ = login.keysDerived(keys)
        case .loggedIn, .failed: return
        }
    }
}

private func relay(_ bytes: RawSpan, choice: UInt8) {
    let asked = ["", "Q", "PBDECS", "QQSF", "BEHS", "PBESdcS", "QdcQ", "P"]
    var machine = ServerMachine()
    if choice & 0x80 != 0 { machine.inserted(.insertedQuery) }
    for type in asked[Int(choice & 7)].utf8 { machine.forwarded(type) }
    if choice & 0x40 != 0 { machine.disown() }
    var position = 0
    while case .header(let header) = FrameHeader.read(bytes, at: position) {
        guard bytes.byteCount - position >= header.total else { return }
        var detail = WireReader(bytes, from: position + FrameHeader.byteCount)
        let outcome = machine.received(header.type, detail: detail.uint8(bytes) ?? 0)
        if outcome.verdict == .violation { return }
        precondition(FrameClass.backend(header.type) != .unknown)
        precondition(machine.owed.readyCount <= machine.owed.count)
        if header.type == BackendType.errorResponse {
            var body = WireReader(
                bytes, from: position + FrameHeader.byteCount, to: position + header.total)
            _ = ReportFields.read(body.rest(bytes).span.bytes)
        }
        position += header.total
    }
}
