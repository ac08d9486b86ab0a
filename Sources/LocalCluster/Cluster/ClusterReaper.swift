import Foundation
import Glibc
import Synchronization

/// The process that ends a cluster: a small shell script of its own session, waiting for its
/// standard input to close.
///
/// It closes when `destroy()` closes it, and also when this program ends in any way, a crash and
/// `kill -9` included. So there is one way to remove a cluster, and it cannot be missed.
final class ClusterReaper: Sendable {
    private let process: ChildProcess
    private let leash: Mutex<Int32?>

    /// Ends every server whose postmaster.pid lies in the folder and every process listed in
    /// `pids/`, then removes the folder.
    ///
    /// A pid counts only if it still is the process that it was: a postmaster works in its data
    /// folder, the others are listed with their start time and lead a process group. SIGQUIT lets a postmaster remove its
    /// shared memory; one that does not leave is killed with its children, and the segment that
    /// its pid file names is removed.
    private static let script = #"""
        trap '' INT HUP TERM QUIT
        folder=$1
        read -r _
        postmasters() {
            for file in "$folder"/*/postmaster.pid; do
                [ -f "$file" ] || continue
                node=${file%/postmaster.pid}
                pid=$(head -n 1 "$file")
                [ "$(readlink "/proc/$pid/cwd")" = "$node" ] && echo "$pid"
            done
        }
        listed() {
            for file in "$folder"/pids/*; do
                [ -f "$file" ] || continue
                pid=${file##*/}
                now=$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | cut -d ' ' -f 1,20)
                case $now in
                    '' | Z*) ;;
                    *" $(cat "$file")") echo "$pid" ;;
                esac
            done
        }
        for pid in $(listed); do kill -s KILL -- "-$pid"; done
        for pid in $(postmasters); do
            kill -QUIT "$pid"
            for child in $(pgrep -P "$pid"); do kill -CONT "$child"; done
            kill -CONT "$pid"
        done
        tries=0
        while [ -n "$(postmasters)$(listed)" ] && [ $tries -lt 100 ]; do
            tries=$((tries + 1))
            sleep 0.05
        done
        for pid in $(postmasters); do
            children=$(pgrep -P "$pid")
            kill -KILL "$pid" $children
        done
        for file in "$folder"/*/postmaster.pid; do
            [ -f "$file" ] && ipcrm -m "$(sed -n '7s/.* //p' "$file")"
        done
        rm -rf "$folder"
        """#

    init(folder: String) throws {
        let null = open("/dev/null", O_RDWR)
        defer { close(null) }
        let ends = try ChildProcess.withoutSpawning {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else {
                throw LocalClusterError(
                    .cannotStart, "no pipe: \(String(cString: strerror(errno)))")
            }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return ends
        }
        defer { close(ends[0]) }
        do {
            process = try ChildProcess.spawn(
                ["/bin/sh", "-c", Self.script, "trunkline-reaper", folder],
                environment: ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin"], input: ends[0],
                output: null, error: null)
        } catch {
            close(ends[1])
            throw error
        }
        leash = Mutex(ends[1])
    }

    /// Lets it work, and waits until everything is gone.
    func release() {
        let end = leash.withLock { leash in
            defer { leash = nil }
            return leash
        }
        if let end { close(end) }
        _ = process.wait(until: .after(.seconds(30)))
    }
}
