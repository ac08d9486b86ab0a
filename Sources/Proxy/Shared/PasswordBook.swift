internal import Credentials
internal import Sessions
internal import Synchronization

/// pool_passwd and everything that is derived from it: read at start and at reload, shared by all
/// workers. Derived SCRAM keys are kept, so that a user's second login costs no key derivation.
final class PasswordBook: Sendable {
    private struct DerivedClientKey: Hashable {
        var password: [UInt8]
        var salt: [UInt8]
        var iterations: Int
    }

    /// Derived keys of this many salts are kept; servers keep one salt for each user.
    private static let derivedMax = 10_000

    private let file: PoolPasswd
    private let identityKey: CredentialIdentity.Key
    private let mock: ScramMockSecret
    private let serverKeys = Mutex<[[UInt8]: ScramKeys]>([:])
    private let clientKeys = Mutex<[DerivedClientKey: ScramClientKeys]>([:])

    init(_ file: PoolPasswd, identityKey: CredentialIdentity.Key, mock: ScramMockSecret) {
        self.file = file
        self.identityKey = identityKey
        self.mock = mock
    }

    func entry(_ user: [UInt8]) -> StoredPassword? { file[user]?.password }

    /// What server connections of this user are opened with, where pool_passwd knows it.
    func credential(_ user: [UInt8]) -> SessionCredential? {
        guard let entry = entry(user) else { return nil }
        if let password = entry.clearText { return credential(user, clearText: password) }
        guard case .md5(let stored) = entry else { return nil }
        return SessionCredential(
            secret: .md5(stored),
            identity: try? CredentialIdentity(user: user, md5: stored, key: identityKey))
    }

    func credential(_ user: [UInt8], clearText: [UInt8]) -> SessionCredential {
        SessionCredential(
            secret: .clearText(clearText),
            identity: try? CredentialIdentity(user: user, clearText: clearText, key: identityKey))
    }

    // MARK: SCRAM

    /// Keys to check a client's SCRAM proof, if they need no derivation any more.
    func knownServerKeys(_ user: [UInt8]) -> ScramKeys? {
        if case .scram(let keys)? = entry(user) { return keys }
        return serverKeys.withLock { $0[user] }
    }

    /// Derives and keeps them: milliseconds of CPU, not for a worker.
    func deriveServerKeys(_ user: [UInt8]) -> ScramKeys? {
        guard let password = entry(user)?.clearText,
            let keys = try? ScramKeys(password: password, random: .secure)
        else { return nil }
        serverKeys.withLock { $0[user] = keys }
        return keys
    }

    /// Keys that no password fits: an unknown user's exchange looks like any other.
    func mockKeys(_ user: [UInt8]) -> ScramKeys? { try? mock.keys(user: user) }

    func knownClientKeys(
        password: [UInt8], salt: [UInt8], iterations: Int
    ) -> ScramClientKeys? {
        clientKeys.withLock {
            $0[DerivedClientKey(password: password, salt: salt, iterations: iterations)]
        }
    }

    /// Derives and keeps them: milliseconds of CPU, not for a worker.
    func deriveClientKeys(
        password: [UInt8], salt: [UInt8], iterations: Int
    ) -> ScramClientKeys? {
        guard
            let keys = try? ScramClientKeys(password: password, salt: salt, iterations: iterations)
        else { return nil }
        clientKeys.withLock { known in
            if known.count >= Self.derivedMax { known.removeAll() }
            known[DerivedClientKey(password: password, salt: salt, iterations: iterations)] = keys
        }
        return keys
    }
}
