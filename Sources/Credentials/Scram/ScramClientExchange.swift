/// The client's side of one SCRAM-SHA-256 exchange, which the proxy plays towards a server.
///
/// No channel binding. The user name is left empty, as libpq does: PostgreSQL takes that of the
/// startup packet. Bytes in, action out; a failed exchange stays failed.
public struct ScramClientExchange: Sendable, CustomStringConvertible {
    /// What to do next when the answer is a message.
    public enum SendAction: Equatable, Sendable {
        /// Send these bytes: SASLInitialResponse at first, SASLResponse later.
        case send([UInt8])
        case fail(ScramFailure)
    }

    /// What to do after the server's first message.
    public enum ServerFirstAction: Equatable, Sendable {
        /// Derive (or find) the keys for this salt and count, then call `keysDerived(_:)`.
        case needKeys(salt: [UInt8], iterations: Int)
        case fail(ScramFailure)
    }

    /// What to do after the server's final message.
    public enum ServerFinalAction: Equatable, Sendable {
        /// Both sides know the password; AuthenticationOk may be believed.
        case verified
        case fail(ScramFailure)
    }

    private enum State {
        case unstarted  // to expectingFirst, failed
        case expectingFirst(nonce: [UInt8], bare: [UInt8])  // to expectingKeys, failed
        case expectingKeys(nonce: [UInt8], transcript: [UInt8])  // to expectingFinal, failed
        case expectingFinal(serverSignature: [UInt8])  // to verified, failed
        case verified
        case failed
    }

    private var state = State.unstarted
    private let random: RandomBytes

    public init(random: RandomBytes = .secure) { self.random = random }

    /// The server offered SCRAM-SHA-256.
    public mutating func start() -> SendAction {
        guard case .unstarted = state else { return failSend(.outOfTurn) }
        do throws(ScramFailure) {
            let nonce = try freshNonce(random)
            let bare = Array("n=,r=".utf8) + nonce
            state = .expectingFirst(nonce: nonce, bare: bare)
            return .send(Array("n,,".utf8) + bare)
        } catch {
            return failSend(error)
        }
    }

    /// The server sent AuthenticationSASLContinue with `message`.
    public mutating func serverFirst(_ message: [UInt8]) -> ServerFirstAction {
        guard case .expectingFirst(let ours, let bare) = state else {
            state = .failed
            return .fail(.outOfTurn)
        }
        do throws(ScramFailure) {
            let first = try ServerFirst(message)
            guard first.nonce.count > ours.count, first.nonce.starts(with: ours) else {
                throw .nonceMismatch
            }
            state = .expectingKeys(
                nonce: first.nonce, transcript: bare + [UInt8(ascii: ",")] + message)
            return .needKeys(salt: first.salt, iterations: first.iterations)
        } catch {
            state = .failed
            return .fail(error)
        }
    }

    /// The keys that `serverFirst(_:)` asked for are there.
    public mutating func keysDerived(_ keys: ScramClientKeys) -> SendAction {
        guard case .expectingKeys(let nonce, let transcript) = state else {
            return failSend(.outOfTurn)
        }
        let withoutProof = Array("c=biws,r=".utf8) + nonce
        let authMessage = transcript + [UInt8(ascii: ",")] + withoutProof
        do throws(CryptoFailure) {
            let signature = try Digest.hmacSHA256(key: keys.storedKey, authMessage)
            let proof = Base64.encode(exclusiveOr(keys.clientKey, signature))
            state = .expectingFinal(
                serverSignature: try Digest.hmacSHA256(key: keys.serverKey, authMessage))
            return .send(withoutProof + Array(",p=".utf8) + proof)
        } catch {
            return failSend(.crypto(error))
        }
    }

    /// The server sent AuthenticationSASLFinal with `message`.
    public mutating func serverFinal(_ message: [UInt8]) -> ServerFinalAction {
        guard case .expectingFinal(let expected) = state else {
            state = .failed
            return .fail(.outOfTurn)
        }
        do throws(ScramFailure) {
            guard
                Digest.equalInConstantTime(
                    try serverSignature(in: message), expected)
            else { throw .serverNotAuthentic }
            state = .verified
            return .verified
        } catch {
            state = .failed
            return .fail(error)
        }
    }

    /// Whether the server has proved that it knows the password. AuthenticationOk before that is
    /// an impostor's.
    public var isVerified: Bool {
        guard case .verified = state else { return false }
        return true
    }

    public var description: String { "SCRAM client exchange" }

    private mutating func failSend(_ failure: ScramFailure) -> SendAction {
        state = .failed
        return .fail(failure)
    }
}
