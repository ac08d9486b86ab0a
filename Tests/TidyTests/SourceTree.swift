import Foundation

/// The project's files as a test sees them: text only, without what builds leave behind.
struct SourceTree {
    struct File: CustomStringConvertible {
        /// Relative to the project's folder.
        var path: String
        var text: String

        var description: String { path }

        /// `Sources/MODULE/...`
        var module: String? {
            let parts = path.split(separator: "/")
            return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
        }

        /// The lines with their numbers, cut where a comment starts.
        var code: [(number: Int, text: Substring)] {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            return lines.enumerated().map { index, line in
                let comment = line.range(of: "//")
                return (index + 1, comment.map { line[..<$0.lowerBound] } ?? line)
            }
        }
    }

    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static let textExtensions: Set<String> = [
        "swift", "c", "h", "md", "py", "sh", "tsv", "conf", "sample", "yml", "yaml", "json", "data",
        "java", "sql", "toml",
    ]
    private static let textNames: Set<String> = ["Makefile", "bootstrap", "run", "LICENSE"]
    private static let skippedNames: Set<String> = ["__pycache__", "Package.resolved"]

    /// Every text file below the project's folder.
    static let files: [File] = {
        var result: [File] = []
        let walk = FileManager.default.enumerator(
            at: root, includingPropertiesForKeys: [.isDirectoryKey], options: [])
        while let url = walk?.nextObject() as? URL {
            let name = url.lastPathComponent
            // Hidden folders are not ours, but for the one of continuous integration.
            if skippedNames.contains(name) || (name.hasPrefix(".") && name != ".ci") {
                walk?.skipDescendants()
                continue
            }
            guard textExtensions.contains(url.pathExtension) || textNames.contains(name),
                let data = try? Data(contentsOf: url)
            else { continue }
            let path = String(url.path.dropFirst(root.path.count + 1))
            result.append(File(path: path, text: String(decoding: data, as: UTF8.self)))
        }
        return result.sorted { $0.path < $1.path }
    }()

    static var swiftSources: [File] {
        files.filter { $0.module != nil && $0.path.hasSuffix(".swift") }
    }
}
