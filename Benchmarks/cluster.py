"""The PostgreSQL servers behind every target: a primary and one streaming standby."""

import glob
import os
import signal

from processes import SetupError, wait_until
from wire import Session

ADMINISTRATOR = "postgres"
ROLE = "bench"
DATABASE = "bench"
PASSWORD = "benchmark"
SCALE = 10
MAX_CONNECTIONS = 400
# What is left of them for clients, with some for superusers, checks and replication.
MOST_LEASES = MAX_CONNECTIONS - 50

# No durability and nothing that wakes up on its own: the proxy is measured, not the disk.
SETTINGS = f"""
listen_addresses = '127.0.0.1'
max_connections = {MAX_CONNECTIONS}
shared_buffers = 256MB
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
jit = off
max_parallel_workers_per_gather = 0
max_wal_senders = 5
wal_level = replica
hot_standby = on
password_encryption = 'scram-sha-256'
"""


def find_postgresql():
    """The folder with the programs of the newest installed PostgreSQL."""
    given = os.environ.get("PGBIN")
    if given:
        return given
    found = glob.glob("/usr/lib/postgresql/*/bin/postgres")
    if not found:
        raise SetupError("PostgreSQL is not installed (Debian: apt install postgresql)")
    newest = max(found, key=lambda path: float(path.split("/")[4]))
    return os.path.dirname(newest)


class Cluster:
    """Runs while the workspace lives."""

    def __init__(self, workspace, authentication, scale=SCALE):
        self.workspace = workspace
        self.programs = find_postgresql()
        self.password = PASSWORD if authentication == "scram" else None
        self.method = "scram-sha-256" if authentication == "scram" else "trust"
        self.primary_port = workspace.free_port()
        self.standby_port = workspace.free_port()
        self.sockets = workspace.make_folder("sockets")
        self.create_primary()
        self.load(scale)
        self.create_standby()

    def program(self, name):
        return os.path.join(self.programs, name)

    def create_primary(self):
        data = self.workspace.path("primary")
        self.workspace.run([
            self.program("initdb"), "-D", data, "-U", ADMINISTRATOR, "-A", "trust", "-E", "UTF8",
            "--no-locale", "--no-sync"])
        with open(os.path.join(data, "postgresql.conf"), "a", encoding="utf-8") as file:
            file.write(SETTINGS)
            file.write(f"unix_socket_directories = '{self.sockets}'\n")
        rules = "local all all trust\nlocal replication all trust\n" \
                f"host all all 127.0.0.1/32 {self.method}\n"
        self.workspace.write(os.path.join(data, "pg_hba.conf"), rules)
        self.start("primary", data, self.primary_port)

    def create_standby(self):
        data = self.workspace.path("standby")
        self.workspace.run([
            self.program("pg_basebackup"), "-D", data, "-R", "-X", "stream", "-c", "fast",
            "--no-sync", "-h", self.sockets, "-p", str(self.primary_port), "-U", ADMINISTRATOR])
        server = self.start("standby", data, self.standby_port)
        with self.connect(self.primary_port) as session:
            ((position,),) = session.query("SELECT pg_current_wal_lsn()")
        caught_up = f"SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= '{position}'"

        def is_caught_up():
            with self.connect(self.standby_port) as session:
                return session.query(caught_up) == [["t"]]

        wait_until(is_caught_up, server)

    def start(self, name, data, port):
        command = [self.program("postgres"), "-D", data, "-p", str(port)]
        server = self.workspace.start(name, command, (signal.SIGINT, signal.SIGQUIT))
        # PostgreSQL is asked over its local socket first: passwords do not exist yet.
        probe = [self.program("pg_isready"), "-q", "-h", self.sockets, "-p", str(port)]

        def answers():
            try:
                self.workspace.run(probe)
            except SetupError:
                return False
            return True

        wait_until(answers, server, seconds=60)
        return server

    def load(self, scale):
        password = f"PASSWORD '{PASSWORD}'" if self.password else ""
        statements = [
            f"CREATE ROLE {ROLE} LOGIN {password}", f"CREATE DATABASE {DATABASE} OWNER {ROLE}"]
        if self.password:
            statements.append(f"ALTER ROLE {ADMINISTRATOR} {password}")
        local = ["-h", self.sockets, "-p", str(self.primary_port)]
        for statement in statements:
            self.workspace.run([
                self.program("psql"), "-X", "-q", *local, "-U", ADMINISTRATOR, "-d", "postgres",
                "-c", statement])
        self.workspace.run([
            self.program("pgbench"), *local, "-U", ROLE, "-i", "-q", "-s", str(scale), DATABASE])
        with self.connect(self.primary_port) as session:
            session.query("CHECKPOINT")

    def connect(self, port):
        return Session(port, ADMINISTRATOR, DATABASE, self.password)

    def scram_secret(self, role):
        """The role's stored secret, as PgBouncer wants it in its userlist."""
        with self.connect(self.primary_port) as session:
            ((secret,),) = session.query(
                f"SELECT rolpassword FROM pg_authid WHERE rolname = '{role}'")
        return secret

    def sessions_running(self, text):
        """How many client sessions on (primary, standby) last ran a statement with this text."""
        counts = []
        for port in (self.primary_port, self.standby_port):
            with self.connect(port) as session:
                ((count,),) = session.query(
                    "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                    " AND backend_type = 'client backend'"
                    f" AND query_start > now() - interval '1 second' AND query LIKE '%{text}%'")
            counts.append(int(count))
        return tuple(counts)
