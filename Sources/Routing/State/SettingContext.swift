import SQLSyntax

/// Settings that decide what a later statement means or may do. A log must not lose one of them
/// while a statement that was run under it is still to be replayed.
struct SettingContext: OptionSet, BitwiseCopyable, Sendable {
    var rawValue: UInt8

    /// Which settings may be changed, and how far names reach.
    static let role = SettingContext(rawValue: 1 << 0)
    static let sessionAuthorization = SettingContext(rawValue: 1 << 1)
    /// How the bytes of a text are read.
    static let standardStrings = SettingContext(rawValue: 1 << 2)
    static let encoding = SettingContext(rawValue: 1 << 3)
    static let backslashQuote = SettingContext(rawValue: 1 << 4)

    static let identity: SettingContext = [.role, .sessionAuthorization]
    static let reading: SettingContext = [.standardStrings, .encoding, .backslashQuote]
}

extension SettingContext {
    /// What setting a name changes of it.
    init(settingName name: [UInt8]) {
        switch name {
        case SettingName.role: self = .role
        // The role goes back to what the new user has.
        case SettingName.sessionAuthorization: self = .identity
        case SettingName.all: self = .reading
        case SettingName.standardConformingStrings: self = .standardStrings
        case SettingName.clientEncoding: self = .encoding
        case SettingName.backslashQuote: self = .backslashQuote
        default: self = []
        }
    }
}

/// Names of `SettingChange` that are not like all others.
enum SettingName {
    /// RESET ALL.
    static let all = Array("*".utf8)
    static let role = Array("role".utf8)
    static let sessionAuthorization = Array("session_authorization".utf8)
    /// SET CONSTRAINTS, whose statements add up.
    static let constraints = Array("constraints".utf8)
    static let standardConformingStrings = Array("standard_conforming_strings".utf8)
    static let clientEncoding = Array("client_encoding".utf8)
    static let backslashQuote = Array("backslash_quote".utf8)

    /// RESET ALL leaves who the session is, and which constraints wait (PostgreSQL 15).
    static func isResettable(_ name: [UInt8]) -> Bool {
        name != self.role && name != self.sessionAuthorization && name != self.constraints
    }
}

extension SettingChange {
    /// After this change an older one has no effect any more, unless this one is undone.
    func replaces(_ older: SettingChange) -> Bool {
        (self.scope == .session || older.scope == .transaction) && self.decides(older.name)
    }

    /// The value of a setting of this name is decided by this change.
    func decides(_ other: [UInt8]) -> Bool {
        switch self.name {
        case SettingName.all: SettingName.isResettable(other)
        case SettingName.sessionAuthorization:
            other == SettingName.sessionAuthorization || other == SettingName.role
        case SettingName.constraints: false
        default: self.name == other
        }
    }
}
