"""Processes of a test bed: found by descent, so that whatever was started by whomever is ended."""
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import threading
import time

PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans():
    """Servers detach from whoever started them: they become this process's children, so that they
    can be found and ended. A thread reaps those that die."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    threading.Thread(target=reap, daemon=True).start()


def reap():
    """Only servers: whom Popen started, Popen waits for. A dead postmaster that nobody waited for
    would still look alive to its successor."""
    while True:
        for pid in children(os.getpid()):
            if name(pid) == "postgres" and state(pid) == "Z":
                try:
                    os.waitpid(pid, os.WNOHANG)
                except ChildProcessError:
                    pass
        time.sleep(0.1)


def stat(pid):
    """State and parent of a process; None if there is none."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            rest = file.read().rpartition(")")[2].split()
        return rest[0], int(rest[1])
    except (OSError, ValueError, IndexError):
        return None


def state(pid):
    found = stat(pid)
    return found[0] if found else None


def name(pid):
    try:
        with open(f"/proc/{pid}/comm") as file:
            return file.read().strip()
    except OSError:
        return ""


def title(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def is_running(pid):
    return state(pid) not in (None, "Z", "X")


def children(parent):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            known = stat(int(entry))
            if known and known[1] == parent:
                found.append(int(entry))
    return found


def descendants(parent):
    """All below a process, the nearest first."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            known = stat(int(entry))
            if known:
                parents.setdefault(known[1], []).append(int(entry))
    found, rest = [], [parent]
    while rest:
        below = parents.get(rest.pop(0), [])
        found += below
        rest += below
    return found


def send(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def end_all():
    """Ends everything that descends from this process, gently where that is quick."""
    mine = descendants(os.getpid())
    servers = [pid for pid in mine if name(pid) == "postgres" and stat(pid)]
    send(mine, signal.SIGCONT)
    # An immediate shutdown gives the server's shared memory back.
    send([pid for pid in servers if (stat(pid) or (0, 0))[1] not in servers], signal.SIGQUIT)
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline and any(map(is_running, servers)):
        time.sleep(0.05)
    for _ in range(20):
        left = [pid for pid in descendants(os.getpid()) if is_running(pid)]
        if not left:
            return
        send(left, signal.SIGKILL)
        time.sleep(0.1)


class Account:
    """Whom the servers run as: PostgreSQL refuses to be root."""

    def __init__(self):
        self.entry = pwd.getpwnam("postgres") if os.geteuid() == 0 else None

    @property
    def prefix(self):
        if self.entry is None:
            return []
        return ["setpriv", f"--reuid={self.entry.pw_uid}", f"--regid={self.entry.pw_gid}",
                "--init-groups"]

    def own(self, path):
        if self.entry is not None:
            os.chown(path, self.entry.pw_uid, self.entry.pw_gid)


def run(command, check=True, timeout=60, **options):
    """Runs a command to its end; its output, or an error that shows it."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", timeout=timeout, **options)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}: {done.stdout[-2000:]}")
    return done.stdout


class Throttle(threading.Thread):
    """Gives the processes that `pids()` names only a share of the time: stopped and continued by
    turns, which needs no privilege and leaves nothing behind."""

    def __init__(self, pids, share, slice_seconds=0.1):
        super().__init__(daemon=True)
        self.pids, self.share, self.slice = pids, share, slice_seconds
        self.over = threading.Event()

    def run(self):
        while not self.over.is_set():
            pids = self.pids()
            send(pids, signal.SIGSTOP)
            self.over.wait(self.slice * (1 - self.share))
            send(pids, signal.SIGCONT)
            self.over.wait(self.slice * self.share)

    def stop(self):
        self.over.set()
        self.join(5)
        send(self.pids(), signal.SIGCONT)


def has(program):
    return shutil.which(program) is not None
