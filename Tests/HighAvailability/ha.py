#!/usr/bin/python3
"""High availability on real PostgreSQL: a primary, two standbys, one proxy, clients and a fault.

usage: ha.py list
       ha.py run SCENARIO... [options]
       ha.py all [options]

Each scenario is one of the test plan's; it makes its own servers in a folder of its own and leaves
nothing behind. As root the servers run as postgres, and hosts can be cut off in network namespaces.
Variants of a scenario have a letter: T-3 runs T-3a, T-3b ...
"""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
sys.path.insert(1, os.path.join(HERE, "..", "EndToEndTests", "Scripts"))

import bed  # noqa: E402
import network  # noqa: E402
import processes  # noqa: E402
import scenarios  # noqa: E402
import servers  # noqa: E402

STANDARD_BINARY = os.path.join(HERE, "..", "..", ".build", "release", "trunkline")


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("list", "run", "all"))
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO")
    parser.add_argument("--binary", default=STANDARD_BINARY, help="the trunkline to test")
    parser.add_argument("--json", metavar="FILE", help="append each result as a line of JSON")
    parser.add_argument("--seed", type=int, default=1,
                        help="of the clients and of the fault's moment")
    parser.add_argument("--full", action="store_true",
                        help="the plan's lengths instead of short ones")
    parser.add_argument("--folder", default=None, help="where to make the folders")
    parser.add_argument("--keep", action="store_true", help="do not remove them")
    parser.add_argument("--tail", type=int, default=30,
                        help="lines of the proxy's log at a failure")
    parser.add_argument("--template", help=argparse.SUPPRESS)
    return parser.parse_args()


def wanted(options):
    known = scenarios.all_ids()
    if options.command == "all" or options.command == "list" and not options.scenarios:
        return known
    chosen = []
    for name in options.scenarios or scenarios.QUICK:
        name = name if name.startswith("T-") else f"T-{name}"
        found = [id for id in known if id == name] or [
            id for id in known if id.rstrip("abcdefgs") == name]
        if not found:
            sys.exit(f"ha.py: no scenario {name}; \"ha.py list\" names them")
        chosen += found
    return chosen


def play(id, options):
    """Plays one scenario in this process."""
    spec = scenarios.SPECS[id]
    kinds = "n" * bool(spec.needs_network) + "m" * spec.needs_mounts
    if kinds and not network.has_entered() and network.reason_against() is None:
        network.enter([sys.executable, "-B", *sys.argv], kinds)
    processes.adopt_orphans()
    result = bed.play(spec, options)
    print(bed.line(result), flush=True)
    if result.get("log"):
        print("    " + result["log"].replace("\n", "\n    "), flush=True)
    if options.json:
        with open(options.json, "a") as file:
            file.write(json.dumps(result, default=str) + "\n")
    return 0 if not result["verdict"].startswith("FAIL") else 1


def play_each(ids, options):
    """Each in a process of its own, one after the other; the servers' data is made once."""
    folder = tempfile.mkdtemp(prefix="trunkline-ha-", dir=options.folder)
    os.chmod(folder, 0o755)
    failures = 0
    try:
        template = os.path.join(folder, "template")
        servers.make_template(template, processes.Account())
        for id in ids:
            command = [sys.executable, "-B", os.path.abspath(__file__), "run", id, "--binary",
                       options.binary, "--seed", str(options.seed), "--template", template,
                       "--folder", folder, "--tail", str(options.tail)]
            command += ["--json", options.json] if options.json else []
            command += ["--full"] if options.full else []
            command += ["--keep"] if options.keep else []
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
            try:
                failures += child.wait() != 0
            except BaseException:
                child.terminate()
                child.wait(30)
                raise
    finally:
        processes.end_all()
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return failures


def interrupted(*_):
    raise KeyboardInterrupt


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, interrupted)
    ids = wanted(options)
    if options.command == "list":
        for id in ids:
            print(f"{id:<6} {scenarios.SPECS[id].title}")
        return 0
    options.binary = os.path.abspath(options.binary)
    if not os.access(options.binary, os.X_OK):
        sys.exit(f"ha.py: no program {options.binary}")
    options.json = options.json and os.path.abspath(options.json)
    options.takes_orders = subprocess.run(
        [options.binary, "node", "--help"], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL).returncode == 0
    if len(ids) == 1:
        return play(ids[0], options)
    processes.adopt_orphans()
    failures = play_each(ids, options)
    print(f"{len(ids) - failures} of {len(ids)} scenarios hold")
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        processes.end_all()
        sys.exit(130)
