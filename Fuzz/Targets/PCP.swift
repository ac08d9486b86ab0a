import Credentials
import Operations

/// What anybody can send to the PCP port, and what a server might answer.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    var stranger = PCPSession()
    var known = PCPSession()
    _ = known.received(.salt, salt: [1, 2, 3, 4])
    _ = known.received(.login(user: [0x75], digest: [0x64]), salt: nil)
    _ = known.checked(nil)
    var answer = PCPAnswer()
    // Messages without their length words: the first byte of a line is the type.
    for line in bytes.split(separator: 0x0A) {
        guard let type = line.first else { continue }
        let body = Array(line.dropFirst())
        let request = PCPRequest.parse(type, body)
        precondition(request.type == type)
        // What was understood can be written and is read again as the same.
        let written = request.encoded
        switch request {
        case .unknown, .malformed: break
        default: precondition(PCPRequest.parse(type, Array(written.dropFirst(5))) == request)
        }
        if case .serve = stranger.received(request, salt: [1, 2, 3, 4]) {
            preconditionFailure("a stranger is served")
        }
        _ = known.received(request, salt: [1, 2, 3, 4])
        _ = answer.received(type, body, expected: UInt8(ascii: "i"))
        _ = StatusRequest(line: String(decoding: line, as: UTF8.self)).line
    }
    files(bytes)
    return 0
}

private func files(_ bytes: [UInt8]) {
    let passwords = PCPPasswords(bytes)
    _ = passwords.warnings.map(\.description).joined()
    let digits = [UInt8](repeating: 0x30, count: PCPDigest.byteCount)
    let isRight = try? passwords.accepts(answer: digits, of: [0x75], salt: [1, 2, 3, 4])
    precondition(isRight == false)
    _ = PCPPassFile(bytes).password(host: "localhost", port: 9898, user: "u")
}
