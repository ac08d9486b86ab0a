internal import Credentials
internal import PostgresWire
internal import SQLSyntax
internal import Sessions

/// What a login is answered with, learned from a server connection with the same startup key.
final class Welcome: Sendable {
    let method: AuthenticationMethod
    /// ParameterStatus messages, ready to send, without application_name.
    let parameterMessages: [UInt8]
    let parameters: [ServerGreeting.Parameter]
    /// The identity of the clear-text password that a server accepted; nil where the proof is ours
    /// to check.
    let verifiedIdentity: CredentialIdentity?
    /// How the texts of these sessions have to be read until they set it otherwise.
    let dialect: TextDialect
    /// What sessions begin with; nil where the server did not tell.
    let facts: LoginFacts?
    /// Nanoseconds of the monotonic clock.
    let learnedAt: UInt64
    let epoch: UInt64

    init(
        greeting: ServerGreeting, verifiedIdentity: CredentialIdentity?,
        facts: LoginFacts? = nil, learnedAt: UInt64, epoch: UInt64
    ) {
        self.facts = facts
        method = greeting.method
        parameters = greeting.parameters
        self.verifiedIdentity = verifiedIdentity
        self.learnedAt = learnedAt
        self.epoch = epoch
        dialect = Self.dialect(greeting.parameters)
        var writer = WireWriter()
        let applicationName = Array("application_name".utf8)
        for parameter in greeting.parameters where parameter.name != applicationName {
            writer.parameterStatus(parameter.name, parameter.value)
        }
        parameterMessages = writer.bytes
    }

    static func dialect(_ parameters: [ServerGreeting.Parameter]) -> TextDialect {
        func value(_ name: StaticString) -> [UInt8]? {
            let wanted = name.withUTF8Buffer { Array($0) }
            return parameters.last { $0.name == wanted }?.value
        }
        return TextDialect(
            standardConformingStrings: value("standard_conforming_strings") != Array("off".utf8),
            encoding: ClientEncoding(name: value("client_encoding") ?? []))
    }
}

/// The login facts of all startup keys, and the numbers that stand for keys in the pool.
struct WelcomeBook: Sendable {
    /// Startup keys that are remembered; beyond it the facts (not the numbers) are dropped.
    private static let welcomesMax = 10_000

    private struct Key: Hashable {
        var startup: [UInt8]
        var identity: CredentialIdentity?
    }

    private var welcomes: [[UInt8]: Welcome] = [:]
    private var numbers: [Key: Int] = [:]

    /// The facts for a key, unless they are too old or from another epoch.
    func welcome(_ startupKey: [UInt8], now: UInt64, ageMax: UInt64, epoch: UInt64) -> Welcome? {
        guard let welcome = welcomes[startupKey], welcome.epoch == epoch,
            now &- welcome.learnedAt <= ageMax
        else { return nil }
        return welcome
    }

    mutating func learned(_ welcome: Welcome, _ startupKey: [UInt8]) {
        if welcomes.count >= Self.welcomesMax { welcomes.removeAll() }
        welcomes[startupKey] = welcome
    }

    /// A server refused these credentials: whatever was learned is doubtful.
    mutating func forget(_ startupKey: [UInt8]) { welcomes[startupKey] = nil }

    mutating func forgetAll() { welcomes.removeAll() }

    /// The number of a startup key with a credential, the same for as long as the proxy runs.
    mutating func number(_ startupKey: [UInt8], _ identity: CredentialIdentity?) -> Int {
        let key = Key(startup: startupKey, identity: identity)
        if let number = numbers[key] { return number }
        numbers[key] = numbers.count
        return numbers.count - 1
    }
}
