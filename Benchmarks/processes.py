"""Child processes, folders and ports: everything a run owns, and how it is given back.

Servers are direct children in sessions of their own, so that Ctrl-C reaches only this program and
so that a process that is stopped here is certainly one that was started here.
"""

import ctypes
import grp
import os
import pwd
import random
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time

SERVER_ACCOUNT = "postgres"
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


class SetupError(Exception):
    """Something that is needed could not be set up; the text is for the person at the terminal."""


class Workspace:
    """A temporary folder, the account that owns it, and the servers that run in it."""

    def __init__(self):
        self.account = None
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            self.account = pwd.getpwnam(SERVER_ACCOUNT)
        self.folder = tempfile.mkdtemp(prefix="trunkline-bench-")
        self.environment = clean_environment(self.folder)
        self.servers = []
        self.ports = set()
        self.give(self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Stops what was started, last first, and removes the folder. May be called twice."""
        with uninterrupted():
            for server in reversed(self.servers):
                server.stop()
            self.servers.clear()
            shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def give(self, path):
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def make_folder(self, name):
        path = self.path(name)
        os.mkdir(path, 0o700)
        self.give(path)
        return path

    def write(self, path, text, mode=0o600):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        self.give(path)
        return path

    def free_port(self):
        """A TCP port nobody listens on, below the range the kernel hands to clients: a run
        makes tens of thousands of connections, any of which could take a higher one."""
        with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
            ephemeral = int(file.read().split()[0])
        candidates = range(10_000, ephemeral) if ephemeral > 12_000 else range(61_001, 65_535)
        for _ in range(1_000):
            port = random.choice(candidates)
            if port in self.ports:
                continue
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
            self.ports.add(port)
            return port
        raise SetupError("no free TCP port found")

    def identity(self):
        """The keyword arguments that make `subprocess` run a program as the server account."""
        if not self.account:
            return {}
        groups = [g.gr_gid for g in grp.getgrall() if self.account.pw_name in g.gr_mem]
        return dict(user=self.account.pw_uid, group=self.account.pw_gid, extra_groups=groups)

    def run(self, command, **options):
        """Runs a program to its end as the server account; an error is a SetupError."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, **self.identity(), **options)
        if done.returncode:
            words = (done.stderr or done.stdout).strip()[-2_000:]
            raise SetupError(f"{os.path.basename(command[0])} failed:\n{words}")
        return done.stdout

    def start(self, name, command, stop_signals):
        server = Server(self, name, command, stop_signals)
        self.servers.append(server)
        return server

    def stop(self, server):
        server.stop()
        if server in self.servers:
            self.servers.remove(server)

    def may_execute(self, path):
        done = subprocess.run(
            ["/usr/bin/test", "-x", path], check=False, cwd="/", **self.identity())
        return done.returncode == 0


class Server:
    """A program that runs until it is stopped. `stop_signals` go from gentle to harsh."""

    def __init__(self, workspace, name, command, stop_signals):
        self.name = name
        self.stop_signals = stop_signals
        self.log_path = workspace.path(f"{name}.log")
        parent = os.getpid()

        def before_exec():
            # If this program is killed outright, the servers go with it.
            LIBC.prctl(PR_SET_PDEATHSIG, stop_signals[0])
            if os.getppid() != parent:
                os._exit(1)

        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                command, cwd=workspace.folder, env=workspace.environment, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=before_exec,
                **workspace.identity())

    @property
    def pid(self):
        return self.process.pid

    def has_ended(self):
        """Whether it ended, without reaping it: until then its number stays its own."""
        if self.process.returncode is not None:
            return True
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.process.pid, flags) is not None

    def ensure_running(self):
        if self.has_ended():
            raise SetupError(f"{self.name} ended early:\n{self.last_words()}")

    def last_words(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-15:])

    def stop(self):
        if self.process.returncode is not None:
            return
        for number in self.stop_signals:
            if self.has_ended():
                break
            self.process.send_signal(number)
            deadline = time.monotonic() + 10
            while not self.has_ended() and time.monotonic() < deadline:
                time.sleep(0.02)
        # What did not listen, and children that outlived their parent.
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class uninterrupted:
    """Holds back Ctrl-C and friends: a second one must not leave half of the servers behind."""

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __enter__(self):
        self.handlers = [(s, signal.signal(s, signal.SIG_IGN)) for s in self.SIGNALS]

    def __exit__(self, *_):
        for number, handler in self.handlers:
            signal.signal(number, handler)


def end_on_signals():
    """Makes SIGTERM and SIGHUP unwind like Ctrl-C does, so that they clean up too."""

    def unwind(number, _frame):
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, unwind)
    signal.signal(signal.SIGHUP, unwind)


def clean_environment(folder):
    """The environment without settings that would silently change what is measured."""
    kept = {
        name: value for name, value in os.environ.items()
        if not name.startswith(("PG", "TRUNKLINE_", "LC_"))
    }
    kept.update(LC_ALL="C", HOME=folder, TMPDIR=folder)
    return kept


def raise_file_limit(wanted):
    """Raises the limit of open files, also for the servers; returns what it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limits in ((max(wanted, soft), max(wanted, hard)), (min(wanted, hard), hard)):
        if soft >= wanted:
            break
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            soft = limits[0]
        except (ValueError, OSError):
            continue
    return soft


def wait_until(ready, server, seconds=30):
    """Asks `ready` until it says yes; an end of the server or of the patience is an error."""
    deadline = time.monotonic() + seconds
    problem = None
    while time.monotonic() < deadline:
        server.ensure_running()
        try:
            if ready():
                return
        except OSError as error:
            problem = error
        time.sleep(0.1)
    raise SetupError(
        f"{server.name} is not ready after {seconds} s ({problem}):\n{server.last_words()}")
