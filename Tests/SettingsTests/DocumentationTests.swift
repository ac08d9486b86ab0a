import Foundation
import Testing

@testable import Settings

@Suite("Generated documentation")
struct DocumentationTests {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Documentation")

    @Test(
        "the committed files are what the table generates (TRUNKLINE_REGENERATE=1 writes them)",
        arguments: [
            ("parameters.md", ParameterDocumentation.markdown()),
            ("pgpool.conf.sample", ParameterDocumentation.sampleFile()),
        ])
    func committedFiles(name: String, text: String) throws {
        let file = Self.folder.appending(path: name)
        if ProcessInfo.processInfo.environment["TRUNKLINE_REGENERATE"] == "1" {
            try FileManager.default.createDirectory(
                at: Self.folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let committed = try String(contentsOf: file, encoding: .utf8)
        #expect(committed == text, "run with TRUNKLINE_REGENERATE=1")
    }

    @Test("the sample file loads without problems, as it is and with every line in force")
    func sample() {
        let sample = ParameterDocumentation.sampleFile()
        #expect(load(sample, strict: true).problems.isEmpty)

        let uncommented = sample.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.hasPrefix("#") && $0.contains(" = ") && !$0.hasPrefix("# ") ? $0.dropFirst() : $0
        }
        let loaded = load(uncommented.joined(separator: "\n"), strict: true)
        #expect(loaded.problems.isEmpty)
        #expect(loaded.setParameters.count == ParameterTable.all.count)
    }

    @Test("every parameter and every old name has its place in the manual")
    func manual() {
        let manual = ParameterDocumentation.markdown()
        for row in ParameterTable.all {
            let suffix = row.suffix == .none ? "" : "N"
            #expect(manual.contains("\n### \(row.name)\(suffix)\n"), "\(row.name)")
        }
        for entry in HistoricName.all {
            #expect(manual.contains("| `\(entry.name)\(entry.isNumbered ? "N" : "")` |"))
        }
        #expect(!manual.contains("\n\n\n"))
    }
}
