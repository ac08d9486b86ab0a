import TestSupport
import Testing

@testable import Credentials

@Suite struct DigestTests {
    @Test(
        "MD5 gives the digests of RFC 1321",
        arguments: [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("a", "0cc175b9c0f1b6a831c399e269772661"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
        ])
    func md5(input: String, digest: String) throws {
        #expect(text(Hex.encode(try Digest.md5(bytes(input)))) == digest)
    }

    @Test(
        "SHA-256 gives the digests of FIPS 180-4",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ])
    func sha256(input: String, digest: String) throws {
        #expect(text(Hex.encode(try Digest.sha256(bytes(input)))) == digest)
    }

    @Test("HMAC-SHA-256 gives RFC 4231 test case 2, and takes empty keys and messages")
    func hmac() throws {
        let mac = try Digest.hmacSHA256(
            key: bytes("Jefe"), bytes("what do ya want for nothing?"))
        #expect(
            text(Hex.encode(mac))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(
            text(Hex.encode(try Digest.hmacSHA256(key: [], [])))
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test(
        "PBKDF2 gives the vectors of RFC 7914 section 11 and its SHA-256 companions",
        arguments: [
            (
                "passwd", "salt", 1,
                "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
            ),
            (
                "password", "salt", 1,
                "120fb6cffcf8b32c43e7225256c4f837a86548c92ccc35480805987cb70be17b"
            ),
            (
                "password", "salt", 2,
                "ae4d0c95af6b46d32d0adff928f06dd02a303f8ef3c251dfd6e2d85a95474c43"
            ),
            (
                "password", "salt", 4096,
                "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a"
            ),
        ])
    func pbkdf2(password: String, salt: String, iterations: Int, key: String) throws {
        let derived = try Digest.pbkdf2SHA256(
            password: bytes(password), salt: bytes(salt), iterations: iterations)
        #expect(text(Hex.encode(derived)) == key)
    }

    @Test(
        "PBKDF2 refuses iteration counts that libcrypto cannot take", arguments: [0, -1, 1 << 40])
    func pbkdf2Refuses(iterations: Int) {
        #expect(throws: CryptoFailure(.pbkdf2SHA256)) {
            try Digest.pbkdf2SHA256(password: [1], salt: [1], iterations: iterations)
        }
    }

    @Test("comparison tells equal from unequal, also by length")
    func comparison() {
        #expect(Digest.equalInConstantTime([], []))
        #expect(Digest.equalInConstantTime([1, 2], [1, 2]))
        #expect(!Digest.equalInConstantTime([1, 2], [1, 3]))
        #expect(!Digest.equalInConstantTime([1, 2], [1, 2, 3]))
    }

    @Test("random bytes have the wanted length, and a short source is a failure")
    func randomBytes() throws {
        #expect(try RandomBytes.secure(33).count == 33)
        #expect(try RandomBytes.secure(16) != RandomBytes.secure(16))
        #expect(throws: CryptoFailure(.random)) { try RandomBytes.secure(-1) }
        #expect(throws: CryptoFailure(.random)) { try RandomBytes { _ in [1] }(2) }
    }
}

@Suite struct TextEncodingTests {
    @Test(
        "base64 gives the vectors of RFC 4648 both ways",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func base64(plain: String, encoded: String) {
        #expect(text(Base64.encode(bytes(plain))) == encoded)
        #expect(Base64.decode(bytes(encoded)) == bytes(plain))
    }

    @Test(
        "base64 refuses every other spelling",
        arguments: [
            "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm 9", "Zm9v\n",
            "Zm-_", "=Zm9", "Zm=v", "Z",
        ])
    func base64Refuses(encoded: String) {
        #expect(Base64.decode(bytes(encoded)) == nil)
    }

    @Test("random bytes survive base64 and hexadecimal", arguments: 0..<64)
    func roundTrip(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let input = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        #expect(Base64.decode(Base64.encode(input)) == input)
        #expect(Hex.decode(Hex.encode(input)) == input)
    }

    @Test("hexadecimal takes both cases and nothing else")
    func hexadecimal() {
        #expect(Hex.decode(bytes("0aFf")) == [0x0A, 0xFF])
        #expect(Hex.decode(bytes("0")) == nil)
        #expect(Hex.decode(bytes("0g")) == nil)
    }
}
