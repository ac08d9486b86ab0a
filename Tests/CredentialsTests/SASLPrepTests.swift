import TestSupport
import Testing

@testable import Credentials

@Suite struct SASLPrepTests {
    @Test("a verifier made by PostgreSQL is verified", arguments: PostgresVerifiers.all)
    func postgres(vector: PostgresVerifiers.Vector) throws {
        let keys = try #require(ScramKeys(verifier: bytes(vector.verifier)))
        #expect(try keys.verifies(password: hex(vector.passwordHex)))
        #expect(try !keys.verifies(password: hex(vector.passwordHex) + bytes("x")))
        #expect(keys.verifier == bytes(vector.verifier))
    }

    @Test(
        "RFC 4013 section 3 and what PostgreSQL does with a refusal: the bytes stay",
        arguments: [
            ("I\u{AD}X", "IX"), ("user", "user"), ("USER", "USER"), ("\u{AA}", "a"),
            ("\u{2168}", "IX"), ("\u{7}", "\u{7}"), ("\u{627}1", "\u{627}1"),
        ])
    func rfc(input: String, prepared: String) {
        #expect(SASLPrep.prepare(bytes(input)) == bytes(prepared))
    }

    @Test(
        "invalid UTF-8 stays as it is",
        arguments: [[0xFF], [0xC3], [0x61, 0xC2, 0xA0, 0x80], [0xED, 0xA0, 0x80], [0xC0, 0x80]])
    func invalid(input: [UInt8]) {
        #expect(SASLPrep.prepare(input) == input)
    }

    @Test("a prepared password is prepared already, whatever the bytes", arguments: 0..<200)
    func idempotent(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let blocks: [ClosedRange<UInt32>] = [
            0x20...0x7E, 0xA0...0x36F, 0x370...0x6FF, 0x900...0xDFF, 0x1100...0x11FF,
            0x1E00...0x2FFF, 0x3000...0x33FF, 0xAC00...0xD7A3, 0xF900...0xFFFF, 0x1D100...0x1D7FF,
        ]
        let block = blocks.randomElement(using: &generator) ?? 0x20...0x7E
        var password = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            if let scalar = Unicode.Scalar(UInt32.random(in: block, using: &generator)) {
                password.append(scalar)
            }
        }
        let once = SASLPrep.prepare(bytes(String(password)))
        #expect(SASLPrep.prepare(once) == once)
    }

    @Test("arbitrary bytes never trap", arguments: 0..<200)
    func arbitrary(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let input = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        #expect(SASLPrep.prepare(input).isEmpty == input.isEmpty)
    }
}
