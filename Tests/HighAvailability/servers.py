"""A primary and its standbys: real PostgreSQL servers in a folder."""
import glob
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time

import psycopg2

import processes

DATABASE = "ha"

SETTINGS = """
listen_addresses = '*'
unix_socket_directories = ''
dynamic_shared_memory_type = mmap
shared_buffers = 32MB
max_connections = 100
superuser_reserved_connections = 3
hot_standby = on
wal_log_hints = on
wal_keep_size = 128MB
max_wal_size = 256MB
min_wal_size = 32MB
max_wal_senders = 10
logging_collector = off
log_line_prefix = '%m [%p] '
"""

TABLES = """
CREATE TABLE appended(client int, seq int, at timestamptz DEFAULT clock_timestamp());
CREATE TABLE registers(id int PRIMARY KEY, value bigint NOT NULL);
INSERT INTO registers SELECT g, 0 FROM generate_series(1, 4) g;
CREATE TABLE fixed(id int PRIMARY KEY, word text);
INSERT INTO fixed SELECT g, 'word ' || g FROM generate_series(1, 1000) g;
CREATE TABLE bulk(filler text);
ANALYZE;
"""


def programs():
    """Where the newest PostgreSQL's programs are."""
    found = glob.glob("/usr/lib/postgresql/*/bin/postgres")
    if not found:
        path = shutil.which("postgres")
        if path is None:
            raise RuntimeError("no PostgreSQL server is installed")
        return os.path.dirname(os.path.realpath(path))
    newest = max(found, key=lambda path: float(path.split("/")[-3]))
    return os.path.dirname(newest)


TAKEN = set()


def free_port():
    """One below those that the system gives to whoever connects, and that nobody was given before."""
    while True:
        port = random.SystemRandom().randint(10240, 32700)
        with socket.socket() as handle:
            try:
                handle.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in TAKEN:
            TAKEN.add(port)
            return port


class Server:
    """One server. `place` is a prefix for commands that run on its host."""

    def __init__(self, folder, number, account, host="127.0.0.1", place=()):
        self.folder, self.number, self.account = folder, number, account
        self.host, self.port, self.place = host, free_port(), list(place)
        self.data = os.path.join(folder, f"n{number}")
        self.log = os.path.join(folder, f"n{number}.log")
        self.name = f"node{number}"
        self.segments = set()

    def command(self, program, *arguments):
        return self.place + self.account.prefix + [
            os.path.join(programs(), program), *map(str, arguments)]

    def run(self, program, *arguments, **options):
        return processes.run(
            self.command(program, *arguments), cwd=self.folder, env=environment(), **options)

    # files

    def append(self, text, file="postgresql.conf"):
        with open(os.path.join(self.data, file), "a") as conf:
            conf.write(text.rstrip("\n") + "\n")

    def conninfo(self, upstream, **more):
        options = dict(host=upstream.host, port=upstream.port, user="postgres",
                       application_name=self.name, **more)
        return " ".join(f"{key}={value}" for key, value in options.items())

    def follow(self, upstream):
        """Streams from another server at its next start."""
        self.append(f"primary_conninfo = '{self.conninfo(upstream)}'", "postgresql.auto.conf")
        signal_file = os.path.join(self.data, "standby.signal")
        open(signal_file, "w").close()
        self.account.own(signal_file)

    # life

    def bury(self):
        """PostgreSQL takes a dead server for a living one until somebody has waited for it."""
        if self.pid is None or self.is_running:
            return
        os.unlink(os.path.join(self.data, "postmaster.pid"))

    def start(self, wait=True, timeout=60):
        self.bury()
        options = ["-W"] if not wait else ["-w", "-t", timeout]
        self.run("pg_ctl", "-D", self.data, "-l", self.log, "-s", *options, "start",
                 timeout=timeout + 20)
        self.note_memory()

    def stop(self, mode="fast", wait=True):
        self.run("pg_ctl", "-D", self.data, "-s", "-m", mode, "-w" if wait else "-W", "stop",
                 check=False)

    def restart(self, mode="fast"):
        self.run("pg_ctl", "-D", self.data, "-l", self.log, "-s", "-m", mode, "-w", "restart")
        self.note_memory()

    def note_memory(self):
        """The System V segment that a killed postmaster leaves behind."""
        try:
            with open(os.path.join(self.data, "postmaster.pid")) as file:
                line = file.read().split("\n")[6].split()
            self.segments.add(int(line[1]))
        except (OSError, IndexError, ValueError):
            pass

    @property
    def pid(self):
        try:
            with open(os.path.join(self.data, "postmaster.pid")) as file:
                return int(file.readline())
        except (OSError, ValueError):
            return None

    def pids(self):
        pid = self.pid
        if pid is None or not processes.is_running(pid):
            return []
        return [pid] + processes.descendants(pid)

    @property
    def is_running(self):
        return self.pid is not None and processes.is_running(self.pid)

    def kill9(self):
        """Power off, as far as processes can tell."""
        self.note_memory()
        pids = self.pids()
        processes.send(pids, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while any(map(processes.is_running, pids)) and time.monotonic() < deadline:
            time.sleep(0.005)

    def freeze(self):
        """All processes stop; the kernel still accepts connections for them."""
        for _ in range(3):
            processes.send(self.pids(), signal.SIGSTOP)

    def thaw(self):
        for _ in range(2):
            processes.send(self.pids(), signal.SIGCONT)

    def process(self, words):
        """The pid of a process of the server by its title, such as `walreceiver`."""
        for pid in self.pids():
            if words in processes.title(pid):
                return pid
        return None

    # SQL, past the proxy

    def connect(self, timeout=5, database="postgres"):
        connection = psycopg2.connect(
            host=self.host, port=self.port, user="postgres", dbname=database,
            connect_timeout=timeout, application_name="ha direct",
            options=f"-c statement_timeout={int(timeout * 1000)}")
        connection.autocommit = True
        return connection

    def sql(self, text, database="postgres", timeout=10):
        connection = self.connect(timeout, database)
        try:
            cursor = connection.cursor()
            cursor.execute(text)
            return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def value(self, text, **options):
        return self.sql(text, **options)[0][0]

    def ask(self, text, otherwise=None, **options):
        """The value, or `otherwise` where the server does not answer."""
        try:
            return self.value(text, **options)
        except psycopg2.Error:
            return otherwise

    @property
    def is_primary(self):
        """None where it does not answer."""
        return self.ask("SELECT NOT pg_is_in_recovery()", timeout=3)

    @property
    def is_streaming(self):
        return self.ask(
            "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'", 0,
            timeout=3) == 1

    @property
    def system(self):
        return self.value("SELECT system_identifier FROM pg_control_system()")

    def log_tail(self, lines=8):
        try:
            with open(self.log, errors="replace") as file:
                return "".join(file.readlines()[-lines:])
        except OSError:
            return ""

    def release_memory(self):
        for segment in self.segments:
            subprocess.run(["ipcrm", "-m", str(segment)], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)


def environment():
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    kept["LC_ALL"] = "C"
    return kept


def make_template(folder, account, standbys=2):
    """A stopped primary with its stopped standbys, made once and copied for each scenario."""
    os.makedirs(folder)
    account.own(folder)
    nodes = [Server(folder, number, account) for number in range(standbys + 1)]
    primary = nodes[0]
    primary.run("initdb", "-D", primary.data, "-U", "postgres", "-A", "trust", "-k", "-N",
                "--no-instructions")
    primary.append(SETTINGS)
    for kind in ("all", "replication"):
        primary.append(f"host {kind} all 10.77.0.0/16 trust", "pg_hba.conf")
    primary.append(f"port = {primary.port}")
    primary.start()
    primary.sql(f"CREATE DATABASE {DATABASE}")
    primary.sql(TABLES, database=DATABASE)
    for standby in nodes[1:]:
        primary.run("pg_basebackup", "-h", "127.0.0.1", "-p", primary.port, "-U", "postgres",
                    "-D", standby.data, "-R", "-c", "fast", "-X", "stream")
        standby.append(f"port = {standby.port}")
    primary.stop()
    for standby in nodes[1:]:
        # It has to reach consistency once, so that a copy of it starts without the primary.
        standby.start(wait=False)
    deadline = time.monotonic() + 20
    for standby in nodes[1:]:
        while standby.is_primary is None and time.monotonic() < deadline:
            time.sleep(0.1)
        standby.stop()
    return folder


def copy_template(template, folder):
    for path in sorted(glob.glob(os.path.join(template, "n[0-9]"))):
        processes.run(["cp", "-a", "--reflink=auto", path, folder])


def configure(nodes, synchronous):
    """Addresses and names of a fresh copy."""
    names = ", ".join(node.name for node in nodes)
    for node in nodes:
        path = os.path.join(node.data, "postgresql.conf")
        with open(path) as file:
            text = re.sub(r"(?m)^port = .*\n", "", file.read())
        with open(path, "w") as file:
            file.write(text)
        node.append(f"port = {node.port}\ncluster_name = '{node.name}'")
        if synchronous:
            node.append(f"synchronous_standby_names = 'ANY 1 ({names})'")
        if node.number:
            node.follow(nodes[0])
