import Glibc

// One binary, several programs: the name it is called by decides.
let arguments = CommandLine.arguments
let name = arguments.first.flatMap { $0.split(separator: "/").last } ?? "trunkline"
switch name {
case "pgpool": exit(PgpoolProgram.run(arguments))
case "pg_md5": exit(PgMD5Program.run(arguments))
case "pgpool_setup": exit(PgpoolSetupProgram.run(arguments))
case _ where name.hasPrefix("pcp_"):
    guard let tool = PCPTool(rawValue: String(name)) else {
        StandardStreams.error("\(name) is a invalid PCP utility\n")
        exit(ExitStatus.refused)
    }
    exit(PCPToolProgram.run(tool, arguments))
default: exit(TrunklineCommand.run(Array(arguments.dropFirst())))
}
