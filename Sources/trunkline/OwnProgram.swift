import Foundation

/// The file of this very program: a proxy that it starts is the same binary.
enum OwnProgram {
    static func path() throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }
}
