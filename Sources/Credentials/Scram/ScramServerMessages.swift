/// `server-first-message` of RFC 5802: `r=nonce,s=salt,i=4096`.
struct ServerFirst {
    let nonce: [UInt8]
    let salt: [UInt8]
    /// Within `ScramLimit.iterations`.
    let iterations: Int

    init(_ message: [UInt8]) throws(ScramFailure) {
        guard message.count <= ScramLimit.messageByteCountMax else { throw .tooLong }
        var attributes = ScramAttributes(message[...])
        guard attributes.rest.first != UInt8(ascii: "m") else { throw .extensionUnsupported }
        guard let nonce = attributes.take("r"), ScramAttributes.isNonce(nonce) else {
            throw .malformed("server nonce")
        }
        guard let text = attributes.take("s"), let salt = Base64.decode(text), !salt.isEmpty
        else { throw .malformed("salt") }
        guard let digits = attributes.take("i"), !digits.isEmpty,
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { throw .malformed("iteration count") }
        guard let iterations = parseIterationCount(digits),
            ScramLimit.iterations.contains(iterations)
        else { throw .iterationCountOutOfRange }
        while !attributes.isAtEnd {
            guard attributes.takeAny() != nil else { throw .malformed("extension") }
        }
        self.nonce = nonce
        self.salt = salt
        self.iterations = iterations
    }
}

/// The signature in a `server-final-message`, `v=base64`; `e=reason` is the server's refusal.
func serverSignature(in message: [UInt8]) throws(ScramFailure) -> [UInt8] {
    guard message.count <= ScramLimit.messageByteCountMax else { throw .tooLong }
    var attributes = ScramAttributes(message[...])
    if let reason = attributes.take("e") {
        throw .refusedByServer(logText(reason))
    }
    guard let text = attributes.take("v"), let signature = Base64.decode(text),
        signature.count == Digest.sha256ByteCount
    else { throw .malformed("server signature") }
    while !attributes.isAtEnd {
        guard attributes.takeAny() != nil else { throw .malformed("extension") }
    }
    return signature
}
