/// The server's side of one SCRAM-SHA-256 exchange (RFC 5802, RFC 7677), as PostgreSQL plays it:
/// the user name inside the client's message is ignored, that of the startup packet counts.
///
/// Bytes in, action out. A failed exchange stays failed.
public struct ScramServerExchange: Sendable, CustomStringConvertible {
    /// What to do after the client's first message.
    public enum FirstAction: Equatable, Sendable {
        /// Send these bytes as AuthenticationSASLContinue.
        case send([UInt8])
        case fail(ScramFailure)
    }

    /// What to do after the client's final message.
    public enum FinalAction: Equatable, Sendable {
        /// The password is right: send these bytes as AuthenticationSASLFinal.
        case accept([UInt8])
        case fail(ScramFailure)
    }

    /// The one mechanism to offer in AuthenticationSASL.
    public static let mechanism = "SCRAM-SHA-256"

    private enum State {
        case expectingFirst  // to expectingFinal, failed
        case expectingFinal(Promise)  // to accepted, failed
        case accepted(ScramClientKeys)
        case failed
    }

    /// What the first round fixed for the second.
    private struct Promise {
        var header: [UInt8]
        var nonce: [UInt8]
        /// `client-first-message-bare , server-first-message`
        var transcript: [UInt8]
    }

    private var state = State.expectingFirst
    private let keys: ScramKeys
    private let isDoomed: Bool
    private let random: RandomBytes

    /// Checks a client against `keys`.
    public init(keys: ScramKeys, random: RandomBytes = .secure) {
        self.keys = keys
        self.random = random
        isDoomed = false
    }

    /// Goes through the motions for a user without a usable password, and refuses at the end.
    public init(mock: ScramKeys, random: RandomBytes = .secure) {
        keys = mock
        self.random = random
        isDoomed = true
    }

    /// The client sent its first message, the data of SASLInitialResponse.
    public mutating func clientFirst(_ message: [UInt8]) -> FirstAction {
        guard case .expectingFirst = state else { return failFirst(.outOfTurn) }
        do throws(ScramFailure) {
            let first = try ClientFirst(message)
            let ours = try freshNonce(random)
            let nonce = first.nonce + ours
            let reply =
                Array("r=".utf8) + nonce + Array(",s=".utf8) + Base64.encode(keys.salt)
                + Array(",i=\(keys.iterations)".utf8)
            state = .expectingFinal(
                Promise(
                    header: first.header, nonce: nonce,
                    transcript: first.bare + [UInt8(ascii: ",")] + reply))
            return .send(reply)
        } catch {
            return failFirst(error)
        }
    }

    /// The client sent its final message, the data of SASLResponse.
    public mutating func clientFinal(_ message: [UInt8]) -> FinalAction {
        guard case .expectingFinal(let promise) = state else { return failFinal(.outOfTurn) }
        do throws(ScramFailure) {
            let final = try ClientFinal(message)
            guard final.channelBinding == Base64.encode(promise.header) else {
                throw .channelBindingMismatch
            }
            guard final.nonce == promise.nonce else { throw .nonceMismatch }
            let authMessage =
                promise.transcript + [UInt8(ascii: ",")] + final.withoutProof
            return try judge(final.proof, authMessage: authMessage)
        } catch {
            return failFinal(error)
        }
    }

    /// After `.accept`: keys with which the proxy can log in as this user wherever the server
    /// holds the very same verifier, without ever having seen the password.
    public var acceptedClientKeys: ScramClientKeys? {
        guard case .accepted(let keys) = state else { return nil }
        return keys
    }

    public var description: String { "SCRAM server exchange" }

    private mutating func judge(
        _ proof: [UInt8], authMessage: [UInt8]
    ) throws(ScramFailure) -> FinalAction {
        do throws(CryptoFailure) {
            let signature = try Digest.hmacSHA256(key: keys.storedKey, authMessage)
            let client = try ScramClientKeys(
                clientKey: exclusiveOr(proof, signature), serverKey: keys.serverKey)
            let serverSignature = try Digest.hmacSHA256(key: keys.serverKey, authMessage)
            let fits = Digest.equalInConstantTime(client.storedKey, keys.storedKey)
            guard fits, !isDoomed else { return failFinal(.wrongPassword) }
            state = .accepted(client)
            return .accept(Array("v=".utf8) + Base64.encode(serverSignature))
        } catch {
            throw .crypto(error)
        }
    }

    private mutating func failFirst(_ failure: ScramFailure) -> FirstAction {
        state = .failed
        return .fail(failure)
    }

    private mutating func failFinal(_ failure: ScramFailure) -> FinalAction {
        state = .failed
        return .fail(failure)
    }
}

/// A nonce of ours: random bytes in base64, which has no comma.
func freshNonce(_ random: RandomBytes) throws(ScramFailure) -> [UInt8] {
    do throws(CryptoFailure) {
        return Base64.encode(try random(ScramLimit.nonceByteCount))
    } catch {
        throw .crypto(error)
    }
}
