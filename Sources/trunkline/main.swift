import Glibc

// One binary, several programs: the name it is called by decides.
let arguments = CommandLine.arguments
let name = arguments.first.flatMap { $0.split(separator: "/").last } ?? "trunkline"
switch name {
case "pgpool": exit(PgpoolProgram.run(arguments))
case "pg_md5": exit(PgMD5Program.run(arguments))
default: exit(TrunklineCommand.run(Array(arguments.dropFirst())))
}
