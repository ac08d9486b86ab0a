/// Calls that have a syntax of their own, and the functions that they are.
enum SpecialCall: UInt8, BitwiseCopyable {
    case none
    case extract, overlay, position, substring, btrim, ltrim, rtrim, normalize, isNormalized
    case timezone, likeEscape, similarToEscape, collationFor, overlaps, xmlexists
    case jsonObject
    /// `substring(a, b)`: the same words, and an ordinary call.
    case plainSubstring, plainOverlay
    // SQL's own values, which look like columns.
    case currentDate, currentTime, currentTimestamp, localtime, localtimestamp, currentUser
    case currentRole, sessionUser, systemUser, user, currentCatalog, currentSchema

    /// The value that a keyword without parentheses stands for.
    init?(value keyword: Keyword) {
        switch keyword {
        case .currentDate: self = .currentDate
        case .currentTime: self = .currentTime
        case .currentTimestamp: self = .currentTimestamp
        case .localtime: self = .localtime
        case .localtimestamp: self = .localtimestamp
        case .currentUser: self = .currentUser
        case .currentRole: self = .currentRole
        case .sessionUser: self = .sessionUser
        case .systemUser: self = .systemUser
        case .user: self = .user
        case .currentCatalog: self = .currentCatalog
        case .currentSchema: self = .currentSchema
        default: return nil
        }
    }

    /// Whether PostgreSQL's parser puts the function into pg_catalog.
    var hasSchema: Bool {
        switch self {
        case .extract, .overlay, .position, .substring, .btrim, .ltrim, .rtrim, .normalize,
            .isNormalized, .timezone, .likeEscape, .similarToEscape, .collationFor, .overlaps,
            .xmlexists, .jsonObject:
            true
        case .none, .plainSubstring, .plainOverlay, .currentDate, .currentTime, .currentTimestamp,
            .localtime, .localtimestamp, .currentUser, .currentRole, .sessionUser, .systemUser,
            .user, .currentCatalog, .currentSchema:
            false
        }
    }

    /// The function's name; SQL's own values in capitals, as no function is called.
    var name: StaticString {
        switch self {
        case .none: ""
        case .extract: "extract"
        case .overlay, .plainOverlay: "overlay"
        case .position: "position"
        case .substring, .plainSubstring: "substring"
        case .btrim: "btrim"
        case .ltrim: "ltrim"
        case .rtrim: "rtrim"
        case .normalize: "normalize"
        case .isNormalized: "is_normalized"
        case .timezone: "timezone"
        case .likeEscape: "like_escape"
        case .similarToEscape: "similar_to_escape"
        case .collationFor: "pg_collation_for"
        case .overlaps: "overlaps"
        case .xmlexists: "xmlexists"
        case .jsonObject: "json_object"
        case .currentDate: "CURRENT_DATE"
        case .currentTime: "CURRENT_TIME"
        case .currentTimestamp: "CURRENT_TIMESTAMP"
        case .localtime: "LOCALTIME"
        case .localtimestamp: "LOCALTIMESTAMP"
        case .currentUser: "CURRENT_USER"
        case .currentRole: "CURRENT_ROLE"
        case .sessionUser: "SESSION_USER"
        case .systemUser: "SYSTEM_USER"
        case .user: "USER"
        case .currentCatalog: "CURRENT_CATALOG"
        case .currentSchema: "CURRENT_SCHEMA"
        }
    }

    var function: FunctionClass {
        switch self {
        case .currentDate, .currentTime, .currentTimestamp, .localtime, .localtimestamp:
            .transactionTime
        default: .harmless
        }
    }
}

/// How the parentheses behind a keyword are read.
struct CallSyntax {
    let kind: Frame.Kind
    let special: SpecialCall

    private init(kind: Frame.Kind, special: SpecialCall = .none) {
        self.kind = kind
        self.special = special
    }

    init?(_ keyword: Keyword) {
        switch keyword {
        case .cast: self.init(kind: .cast)
        case .xmlparse, .xmlserialize: self.init(kind: .xml)
        case .treat: self.init(kind: .treat)
        case .jsonObject: self.init(kind: .json)
        case .jsonObjectagg: self.init(kind: .jsonAggregate)
        case .extract: self.init(kind: .special, special: .extract)
        case .overlay: self.init(kind: .special, special: .overlay)
        case .position: self.init(kind: .special, special: .position)
        case .substring: self.init(kind: .special, special: .substring)
        case .trim: self.init(kind: .special, special: .btrim)
        case .normalize: self.init(kind: .special, special: .normalize)
        case .xmlexists: self.init(kind: .special, special: .xmlexists)
        default: return nil
        }
    }
}
