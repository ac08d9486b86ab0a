/// `client-first-message` of RFC 5802: `n,,n=user,r=nonce`.
struct ClientFirst {
    /// The GS2 header with its two commas, which the final message has to repeat in base64.
    let header: [UInt8]
    /// The message without the header.
    let bare: [UInt8]
    let nonce: [UInt8]

    init(_ message: [UInt8]) throws(ScramFailure) {
        guard message.count <= ScramLimit.messageByteCountMax else { throw .tooLong }
        let fields = message.split(
            separator: UInt8(ascii: ","), maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3 else { throw .malformed("client first message") }
        switch fields[0].first {
        case UInt8(ascii: "p"): throw .channelBindingUnsupported
        case UInt8(ascii: "n"), UInt8(ascii: "y"):
            guard fields[0].count == 1 else { throw .malformed("channel-binding flag") }
        default: throw .malformed("channel-binding flag")
        }
        guard fields[1].isEmpty else { throw .authorizationIdentityUnsupported }
        header = Array(fields[0]) + Array(",,".utf8)
        bare = Array(fields[2])

        var attributes = ScramAttributes(fields[2])
        guard attributes.rest.first != UInt8(ascii: "m") else { throw .extensionUnsupported }
        guard attributes.take("n") != nil else { throw .malformed("user name") }
        guard let nonce = attributes.take("r"), ScramAttributes.isNonce(nonce) else {
            throw .malformed("client nonce")
        }
        while !attributes.isAtEnd {
            guard attributes.takeAny() != nil else { throw .malformed("extension") }
        }
        self.nonce = nonce
    }
}

/// `client-final-message` of RFC 5802: `c=biws,r=nonce,p=proof`.
struct ClientFinal {
    /// The base64 text of the channel-binding attribute.
    let channelBinding: [UInt8]
    let nonce: [UInt8]
    /// As long as a SHA-256 digest.
    let proof: [UInt8]
    /// Everything before `,p=`: the part that the proof signs.
    let withoutProof: [UInt8]

    init(_ message: [UInt8]) throws(ScramFailure) {
        guard message.count <= ScramLimit.messageByteCountMax else { throw .tooLong }
        var attributes = ScramAttributes(message[...])
        guard let channelBinding = attributes.take("c") else {
            throw .malformed("channel binding")
        }
        guard let nonce = attributes.take("r") else { throw .malformed("nonce") }
        while attributes.rest.first != UInt8(ascii: "p") {
            guard attributes.takeAny() != nil else { throw .malformed("proof missing") }
        }
        // One byte before the proof is the comma that the signed part leaves out.
        withoutProof = Array(message.dropLast(attributes.rest.count + 1))
        guard let text = attributes.take("p"), attributes.isAtEnd,
            let proof = Base64.decode(text), proof.count == Digest.sha256ByteCount
        else { throw .malformed("proof") }
        self.channelBinding = channelBinding
        self.nonce = nonce
        self.proof = proof
    }
}
