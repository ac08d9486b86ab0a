import Credentials

/// A pool_passwd file, and SCRAM messages of a client.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    let file = PoolPasswd(bytes)
    _ = file.description + file.warnings.map(\.description).joined()
    for line in bytes.split(separator: 0x0A) {
        let user = Array(line.prefix { $0 != 0x3A })
        if let entry = file[user] { precondition(entry.user == user) }
        let password = StoredPassword(Array(line.dropFirst(user.count + 1)))
        for request in PasswordRequest.allCases {
            _ = password.canAnswer(request)
            _ = password.canVerify(request)
        }
        _ = password.unusableReason
    }
    _ = MD5Password(stored: bytes)
    if let keys = ScramKeys(verifier: bytes) {
        precondition(ScramKeys(verifier: keys.verifier) == keys)
    }
    scram(bytes)
    return 0
}

private let keys = try? ScramKeys(
    password: Array("secret".utf8), salt: Array("salt".utf8), iterations: 1)

/// The first line is the first message, the second the final one.
private func scram(_ bytes: [UInt8]) {
    guard let keys else { return }
    let messages = bytes.split(separator: 0x0A, maxSplits: 1).map(Array.init)
    guard let first = messages.first else { return }
    var exchange = ScramServerExchange(keys: keys)
    _ = exchange.clientFirst(first)
    if case .accept = exchange.clientFinal(messages.last ?? []) {
        preconditionFailure("a proof without the password")
    }
}
