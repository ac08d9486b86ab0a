@testable import Credentials

/// The bytes of a text, to keep the tests readable.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// The text of bytes that are known to be UTF-8.
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// The bytes that hexadecimal digits stand for; traps on a bad literal, in a test only.
func hex(_ digits: String) -> [UInt8] {
    guard let bytes = Hex.decode(bytes(digits)) else { preconditionFailure("bad literal") }
    return bytes
}

extension RandomBytes {
    /// Always the same bytes, cut or repeated to the wanted length.
    static func fixed(_ pattern: [UInt8]) -> RandomBytes {
        RandomBytes { (count: Int) throws(CryptoFailure) -> [UInt8] in
            guard !pattern.isEmpty else { throw CryptoFailure(.random) }
            return (0..<count).map { pattern[$0 % pattern.count] }
        }
    }

    /// A source that never delivers.
    static let broken = fixed([])
}
