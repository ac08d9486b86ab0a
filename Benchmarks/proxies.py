"""The programs that are compared, each set up the way section "How it is measured" says."""

import os
import re
import shutil
import signal
import subprocess

from cluster import ADMINISTRATOR, DATABASE, MOST_LEASES, PASSWORD, ROLE
from processes import SetupError, wait_until
from wire import Session

HOST = "127.0.0.1"
DEFAULT_BINARY = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), os.pardir, ".build", "release", "trunkline")


class Direct:
    """No proxy: pgbench talks to the primary."""

    name = "direct"
    pid = None

    def __init__(self, cluster):
        self.port = cluster.primary_port

    def start(self):
        pass

    def stop(self):
        pass


class Proxy:
    """One proxy. A subclass says how it is configured and started."""

    name = ""
    product = ""
    program = ""
    debian_package = None
    stop_signals = (signal.SIGTERM,)
    # Whether an idle client costs less than a process and a server connection of its own.
    holds_idle_clients = True

    def __init__(self, workspace, cluster, clients=600):
        self.workspace = workspace
        self.cluster = cluster
        self.clients = clients
        self.port = workspace.free_port()
        self.server = None
        self.folder = None

    @classmethod
    def find(cls):
        """The program's path, or None."""
        return shutil.which(cls.program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin")

    @classmethod
    def version(cls):
        done = subprocess.run(
            [cls.find(), "--version"], capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).strip().splitlines()[0]

    @property
    def pid(self):
        return self.server.pid

    def start(self):
        self.folder = self.workspace.make_folder(f"{self.name}-{self.port}")
        command = self.configure()
        self.server = self.workspace.start(f"{self.name}-{self.port}", command, self.stop_signals)

        def answers():
            with Session(self.port, ROLE, DATABASE, self.cluster.password) as session:
                return session.query("SELECT 1") == [["1"]]

        wait_until(answers, self.server)

    def stop(self):
        if self.server:
            self.workspace.stop(self.server)
            self.server = None

    def prepare_for(self, clients):
        """Called before a start that must admit so many clients at once."""

    def configure(self):
        """Writes the configuration; returns the command that runs it in the foreground."""
        raise NotImplementedError

    def file(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, settings):
        if isinstance(settings, dict):
            settings = "".join(f"{key} = '{value}'\n" for key, value in settings.items())
        return self.workspace.write(self.file(name), settings)

    def backends(self):
        """Two nodes of weight 1, as both Pgpool-II and Trunkline write them."""
        settings = {}
        for node, port in enumerate((self.cluster.primary_port, self.cluster.standby_port)):
            settings[f"backend_hostname{node}"] = HOST
            settings[f"backend_port{node}"] = port
            settings[f"backend_weight{node}"] = 1
        return settings

    def write_passwords(self):
        entries = ""
        if self.cluster.password:
            entries = "".join(f"{user}:TEXT{PASSWORD}\n" for user in (ROLE, ADMINISTRATOR))
        self.write("pool_passwd", entries)


class Trunkline(Proxy):
    """Trunkline with its default number of workers."""

    name = "trunkline"
    product = "Trunkline"
    # Fast shutdown, then immediate.
    stop_signals = (signal.SIGINT, signal.SIGQUIT)
    more = {}

    @classmethod
    def find(cls):
        path = os.path.abspath(os.environ.get("TRUNKLINE_BINARY", DEFAULT_BINARY))
        return path if os.access(path, os.X_OK) else None

    def reachable_program(self):
        """A path the server account may run: a build folder can lie in a private home."""
        path = self.find()
        if self.workspace.may_execute(path):
            return path
        copy = self.workspace.path("trunkline")
        if not os.path.exists(copy):
            shutil.copy(path, copy)
            os.chmod(copy, 0o755)
        return copy

    def configure(self):
        self.write_passwords()
        configuration = self.write("pgpool.conf", {
            "listen_addresses": HOST,
            "port": self.port,
            "unix_socket_directories": self.folder,
            "pcp_listen_addresses": "",
            "pcp_port": self.workspace.free_port(),
            "pcp_socket_dir": self.folder,
            "pid_file_name": self.file("trunkline.pid"),
            "logdir": self.folder,
            "work_dir": self.folder,
            "backend_clustering_mode": "streaming_replication",
            **self.backends(),
            "sr_check_user": ADMINISTRATOR,
            "num_init_children": self.clients,
            "max_pool": 4,
            **self.more,
        })
        return [self.reachable_program(), "run", "-f", configuration]


class TrunklineOneWorker(Trunkline):
    """Trunkline on one thread, as PgBouncer is."""

    name = "trunkline-1"
    more = {"worker_threads": 1}


class PgBouncer(Proxy):
    """PgBouncer in session mode. It cannot split reads, so all clients go to the primary."""

    name = "pgbouncer"
    product = "PgBouncer"
    program = "pgbouncer"
    debian_package = "pgbouncer"
    # SIGTERM ends it at once; its SIGINT would wait for clients.
    stop_signals = (signal.SIGTERM,)

    def configure(self):
        scram = self.cluster.password is not None
        secret = self.cluster.scram_secret(ROLE) if scram else ""
        self.write("userlist.txt", f'"{ROLE}" "{secret}"\n')
        # The log of connections is off because that is the default of the other two.
        configuration = self.write("pgbouncer.ini", f"""\
[databases]
{DATABASE} = host={HOST} port={self.cluster.primary_port} dbname={DATABASE}
[pgbouncer]
listen_addr = {HOST}
listen_port = {self.port}
unix_socket_dir =
auth_type = {"scram-sha-256" if scram else "trust"}
auth_file = {self.file("userlist.txt")}
pool_mode = session
max_client_conn = {self.clients}
default_pool_size = {MOST_LEASES}
log_connections = 0
log_disconnections = 0
pidfile = {self.file("pgbouncer.pid")}
""")
        return [self.find(), configuration]


class Pgpool(Proxy):
    """Pgpool-II. One process a client, so thousands of idle clients are not asked of it."""

    name = "pgpool"
    product = "Pgpool-II"
    program = "pgpool"
    debian_package = "pgpool2"
    stop_signals = (signal.SIGINT, signal.SIGQUIT)
    holds_idle_clients = False
    children = 64

    def configure(self):
        # The name of this parameter changed in 4.4.
        release = tuple(map(int, re.search(r"(\d+)\.(\d+)", self.version()).groups()))
        sockets = "unix_socket_directories" if release >= (4, 4) else "socket_dir"
        self.write_passwords()
        self.write("pool_hba.conf", "")
        self.write("pcp.conf", "")
        configuration = self.write("pgpool.conf", {
            "listen_addresses": HOST,
            "port": self.port,
            sockets: self.folder,
            "pcp_listen_addresses": HOST,
            "pcp_port": self.workspace.free_port(),
            "pcp_socket_dir": self.folder,
            "pid_file_name": self.file("pgpool.pid"),
            "logdir": self.folder,
            "work_dir": self.folder,
            "backend_clustering_mode": "streaming_replication",
            **self.backends(),
            "sr_check_user": ADMINISTRATOR,
            "load_balance_mode": "on",
            "memory_cache_enabled": "off",
            "num_init_children": self.children,
            "max_pool": 4,
        })
        return [
            self.find(), "-n", "-f", configuration, "-F", self.file("pcp.conf"),
            "-a", self.file("pool_hba.conf")]

    def prepare_for(self, clients):
        self.children = max(clients + 20, self.children)


PROXIES = (Trunkline, TrunklineOneWorker, PgBouncer, Pgpool)
NAMES = ("direct", *(proxy.name for proxy in PROXIES))


def available(names):
    """The proxy classes to measure, and a sentence about each that cannot be."""
    usable, missing = [], []
    for proxy in PROXIES:
        if proxy.name not in names:
            continue
        if proxy.find():
            usable.append(proxy)
        elif proxy.debian_package:
            missing.append(
                f"{proxy.name} is not installed (Debian: apt install {proxy.debian_package})")
        else:
            missing.append(
                f"{proxy.name} is not built (swift build -c release, or set TRUNKLINE_BINARY)")
    if not usable and "direct" not in names:
        raise SetupError("; ".join(missing) or "no targets")
    return usable, missing
