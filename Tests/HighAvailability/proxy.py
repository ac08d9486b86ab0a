"""The proxy under test."""
import json
import os
import re
import resource
import signal
import subprocess
import time

import processes
import servers

STANDARD = dict(
    backend_clustering_mode="streaming_replication", load_balance_mode="on",
    sr_check_user="postgres", sr_check_period=1, health_check_user="postgres",
    health_check_period=1, health_check_timeout=1, health_check_max_retries=1,
    health_check_retry_delay=0, failover_builtin_promotion="on", failover_min_interval=0,
    auto_failback="on", auto_failback_interval=1, num_init_children=200, max_pool=1,
    log_connections="off", pcp_listen_addresses="127.0.0.1")
OPENED = re.compile(r"(?:failover|switchover) done: node (\d+) is the primary")
GIVEN_UP = "is given up"


class Proxy:
    def __init__(self, folder, binary, nodes, settings, log=None, descriptors=None):
        self.folder, self.binary, self.nodes = folder, os.path.abspath(binary), nodes
        self.conf = os.path.join(folder, "pgpool.conf")
        self.log_path = log or os.path.join(folder, "proxy.log")
        self.port, self.pcp_port = servers.free_port(), servers.free_port()
        self.descriptors = descriptors
        self.settings = dict(STANDARD)
        self.settings.update(settings)
        self.process = None
        self.write_files()

    def write_files(self):
        own = dict(listen_addresses="127.0.0.1", port=self.port, pcp_port=self.pcp_port,
                   unix_socket_directories=self.folder, pcp_socket_dir=self.folder,
                   pid_file_name=os.path.join(self.folder, "pgpool.pid"), work_dir=self.folder)
        for node in self.nodes:
            own[f"backend_hostname{node.number}"] = node.host
            own[f"backend_port{node.number}"] = node.port
            own[f"backend_weight{node.number}"] = 1
            own[f"backend_application_name{node.number}"] = node.name
            own[f"backend_data_directory{node.number}"] = node.data
        own.update(self.settings)
        with open(self.conf, "w") as file:
            for key, value in own.items():
                file.write(f"{key} = '{value}'\n")
        with open(os.path.join(self.folder, "pcp.conf"), "w") as file:
            file.write("operator:" + "e8a48653851e28c69d0506508fb27fc5\n")  # postgres
        with open(os.path.join(self.folder, "pcppass"), "w") as file:
            file.write("*:*:operator:postgres\n")
        os.chmod(os.path.join(self.folder, "pcppass"), 0o600)

    def start(self, *options, wait=True, primary=None):
        def limit():
            if self.descriptors:
                resource.setrlimit(resource.RLIMIT_NOFILE, (self.descriptors,) * 2)

        self.output = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            [self.binary, "run", "-f", self.conf, "-F",
             os.path.join(self.folder, "pcp.conf"), *options], stdin=subprocess.DEVNULL,
            stdout=self.output, stderr=subprocess.STDOUT, preexec_fn=limit, cwd=self.folder)
        if wait:
            self.await_state(lambda s: s.primary is not None if primary is None
                             else s.primary == primary, 20, "the proxy to find the primary")

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, number=signal.SIGINT, seconds=15):
        """Asks it to leave; its exit code, None where it had to be killed."""
        if self.process is None:
            return 0
        if self.is_running:
            self.process.send_signal(number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
            return None

    def kill9(self):
        self.process.kill()
        self.process.wait(5)

    # what it says

    def log(self):
        try:
            with open(self.log_path, errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def tail(self, lines=30):
        return "\n".join(self.log().split("\n")[-lines:])

    @property
    def openings(self):
        """The nodes that became the primary, one after the other."""
        return [int(node) for node in OPENED.findall(self.log())]

    @property
    def failovers_begun(self):
        return self.log().count(GIVEN_UP)

    def tool(self, *arguments, seconds=60):
        """Runs one of our commands: exit code and what it printed."""
        done = subprocess.run(
            [self.binary, *map(str, arguments)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds)
        return done.returncode, done.stdout.strip()

    def status(self):
        """None while it does not answer."""
        try:
            code, text = self.tool("status", "--json", "-f", self.conf, seconds=10)
            return Status(json.loads(text)) if code == 0 else None
        except (ValueError, subprocess.TimeoutExpired):
            return None

    def await_state(self, wanted, seconds, what):
        deadline = time.monotonic() + seconds
        status = None
        while time.monotonic() < deadline:
            if not self.is_running:
                raise Unmet(f"the proxy ended while waiting for {what}")
            status = self.status()
            if status is not None and wanted(status):
                return status
            time.sleep(0.1)
        raise Unmet(f"waited {seconds} s for {what}; nodes: {status}")

    # orders

    @property
    def takes_orders(self):
        return self.tool("node", "--help")[0] == 0

    def order(self, verb, node, *options, seconds=60):
        """`trunkline node`: exit code and what it said."""
        return self.tool("node", verb, "-f", self.conf, node, *options, seconds=seconds)

    def pcp(self, program, *options, seconds=60):
        """One of the pcp programs, by their names."""
        path = os.path.join(self.folder, program)
        if not os.path.lexists(path):
            os.symlink(self.binary, path)
        done = subprocess.run(
            [path, "-h", "127.0.0.1", "-p", str(self.pcp_port), "-U", "operator", "-w",
             *map(str, options)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=seconds,
            env=dict(os.environ, PCPPASSFILE=os.path.join(self.folder, "pcppass")))
        return done.returncode, done.stdout.strip()

    # resources

    def descriptors_open(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def half_closed(self):
        """Sockets of the proxy whose other side is gone and that it still holds."""
        inodes = set()
        for entry in os.listdir(f"/proc/{self.process.pid}/fd"):
            try:
                target = os.readlink(f"/proc/{self.process.pid}/fd/{entry}")
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
        with open(f"/proc/{self.process.pid}/net/tcp") as file:
            lines = [line.split() for line in file][1:]
        return sum(1 for line in lines if line[3] == "08" and line[9] in inodes)


class Status:
    """The document of `trunkline status --json`."""

    def __init__(self, document):
        self.document = document
        self.nodes = {node["id"]: node for node in document["nodes"]}

    @property
    def primary(self):
        """A node that takes writes."""
        found = [node["id"] for node in self.nodes.values()
                 if node["role"] == "primary" and node["state"] == "up"]
        return found[0] if found else None

    def state(self, node):
        return self.nodes[node]["state"]

    def is_up(self, *nodes):
        return all(self.state(node) == "up" for node in nodes)

    def __str__(self):
        return ", ".join(f"{n['id']} {n['state']} {n['role']}" for n in self.nodes.values())


class Unmet(Exception):
    """Something that a scenario needs did not happen."""
