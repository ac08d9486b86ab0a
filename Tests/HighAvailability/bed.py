"""One run of one scenario: servers, proxy, load, and what is to be said of them."""
import collections
import os
import random
import shutil
import signal
import tempfile
import time

import network
import oracles
import processes
import proxy as proxies
import servers
from load import PATIENCE, Failed, Load, Session, now
from proxy import Unmet

# Commits that a server may acknowledge in the moment of its death, before a standby has them.
WINDOW = 60
HANG = 35.0


class NotHere(Exception):
    """This machine, or this version of the proxy, cannot play the scenario."""


class Bed:
    def __init__(self, spec, options):
        self.spec, self.options = spec, options
        self.random = random.Random(options.seed)
        self.checks, self.metrics = [], {}
        self.load_running = self.proxy = self.network = None
        self.fault_at = None
        self.lost_max, self.changes = 0, None
        self.survivors = None
        self.moves = []
        self.nodes = []
        self.mounts = []

    # building

    def __enter__(self):
        self.account = processes.Account()
        self.folder = tempfile.mkdtemp(prefix="trunkline-ha-", dir=self.options.folder)
        self.account.own(self.folder)
        try:
            self.build()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def build(self):
        count = 3
        # First: before that the namespace has no loopback interface.
        if self.spec.needs_network and network.is_inside():
            self.network = network.Network(count)
        template = self.options.template
        if template is None:
            template = os.path.join(self.folder, "template")
            servers.make_template(template, self.account)
        for number in range(count):
            if self.network:
                node = servers.Server(self.folder, number, self.account,
                                      self.network.host(number), self.network.place(number))
            else:
                node = servers.Server(self.folder, number, self.account)
            self.nodes.append(node)
        servers.copy_template(template, self.folder)
        servers.configure(self.nodes, self.spec.synchronous)
        if self.spec.starts_servers:
            self.start_servers()
        if self.spec.starts_proxy:
            self.start_proxy()

    def start_servers(self):
        for node in self.nodes:
            node.start(wait=node.number != 0 or not self.spec.synchronous)
        self.until(lambda: all(n.is_streaming for n in self.nodes[1:]), 30, "streaming standbys")

    def start_proxy(self, **settings):
        self.new_proxy(**settings)
        self.proxy.start()
        self.proxy.await_state(lambda s: s.is_up(*s.nodes), 20, "all nodes up")

    def new_proxy(self, log=None, **settings):
        wanted = dict(self.spec.settings)
        wanted.update(settings)
        self.proxy = proxies.Proxy(self.folder, self.options.binary, self.nodes, wanted, log,
                                   self.spec.descriptors)

    def __exit__(self, *_):
        """Everything that was started is gone afterwards, however it went; nothing interrupts
        that."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        if self.load_running is not None:
            self.load_running.over.set()
        processes.end_all()
        for node in self.nodes:
            node.release_memory()
        for mount in reversed(self.mounts):
            processes.run(["umount", "-l", mount], check=False)
        if self.options.keep:
            self.metrics["folder"] = self.folder
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def small_disk(self, path, megabytes):
        """A file system of its own for a folder."""
        if not network.has_entered():
            raise NotHere("a small file system needs root")
        os.makedirs(path, exist_ok=True)
        try:
            processes.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "ha", path])
        except RuntimeError:
            raise NotHere("this machine lets nobody mount")
        self.mounts.append(path)
        self.account.own(path)

    # playing

    def span(self, full, short):
        """Seconds: as the plan has them, or long enough to show."""
        return full if self.options.full else short

    def load(self, settle=2.0, **counts):
        self.load_running = Load(self.proxy.port, self.options.seed, **counts)
        self.pause(settle)

    def pause(self, seconds):
        time.sleep(seconds)

    def fault(self, *survivors):
        """From now on outages count. The fault comes at a random moment."""
        time.sleep(self.random.uniform(0, 0.5))
        if self.fault_at is None:
            self.fault_at = now()
            self.survivors = {self.nodes[number].port for number in survivors}

    def until(self, condition, seconds, what):
        deadline = time.monotonic() + seconds
        while True:
            if condition():
                return time.monotonic() - (deadline - seconds)
            if time.monotonic() > deadline:
                raise Unmet(f"waited {seconds} s for {what}; nodes: {self.states()}")
            time.sleep(0.1)

    def states(self):
        return self.proxy.status() if self.proxy and self.proxy.is_running else None

    def await_primary(self, *candidates, seconds=30):
        """Until the proxy serves with one of these as the primary; who it is."""
        status = self.proxy.await_state(
            lambda s: s.primary in candidates, seconds, f"primary {candidates}")
        return status.primary

    def await_writes(self, seconds=30):
        """Until a new session can write."""
        begun = time.monotonic()

        def can_write():
            try:
                session = Session(self.proxy.port, 5)
                session.run("CREATE TABLE IF NOT EXISTS touched()", 5)
                session.close()
                return True
            except Failed:
                return False
        self.until(can_write, seconds, "writes")
        return time.monotonic() - begun

    def check(self, condition, words):
        """An oracle: `words` say what is wrong where it fails."""
        if not condition:
            self.checks.append(words)
        return condition

    def note(self, **values):
        self.metrics.update(values)

    def primary_server(self):
        """The server that the proxy writes to, or else the only one that takes writes."""
        status = self.states()
        if status is not None and status.primary is not None:
            return self.nodes[status.primary]
        found = [node for node in self.nodes if node.is_running and node.is_primary]
        return found[0] if found else None

    # judging

    def finish(self):
        """Ends the load and applies the oracles that every scenario has."""
        if self.proxy is None or self.proxy.process is None:
            return
        self.check(self.proxy.is_running, "the proxy ended by itself")
        if self.load_running is not None:
            self.judge_load()
        if self.changes is not None:
            opened = self.proxy.openings
            self.note(changes=opened)
            self.check(len(opened) == self.changes,
                       f"O11: {len(opened)} changes of the primary, wanted {self.changes}")
        if self.proxy.is_running:
            self.converge()
            self.leave()

    def judge_load(self):
        load = self.load_running
        broken = load.idle.broken()
        hung = load.stop()
        self.check(not hung, f"O14: clients hang: {hung}")
        since = self.fault_at or load.begun
        self.note(**oracles.outages(load, since, load.ended))
        for name, limit in self.spec.limits.items():
            if name in self.metrics:
                # While the load itself could not run it saw nothing.
                stall = load.stall(since)
                self.check(self.metrics[name] <= limit + stall,
                           f"O7: {name} {self.metrics[name]} s, limit {limit} and {stall:.2f} stalled")
        call = oracles.longest_call(load)
        self.note(longest_call=round(call, 2))
        self.check(call <= HANG, f"O14: a call took {call:.1f} s")
        cut, needless = oracles.cut_sessions(load, since, self.survivors or set())
        self.note(cut=cut, cut_needless=needless, idle_broken=len(broken), idle_reasons=broken)
        self.check(needless == 0, f"O9: {needless} sessions cut that used survivors only")
        self.check(not broken or self.spec.breaks_idle,
                   f"O9: {len(broken)} idle sessions broken: {broken[:2]}")
        errors = collections.Counter()
        texts = {}
        for client in load.clients:
            errors.update({f"{client.kind} {code}": n for code, n in client.errors.items()})
            texts.update({f"{client.kind} {code}": text for code, text in client.texts.items()})
        self.note(errors=dict(errors), error_texts=texts)
        server = self.primary_server()
        if server is None:
            self.check(False, "O1: no primary at the end")
            return
        found = oracles.judge_rows(load, server)
        lost = found.pop("lost_operations")
        for name, oracle in (("false_failures", "O2"), ("invented", "O3"), ("doubled", "O3")):
            keys = found.pop(name)
            self.note(**{name: len(keys)})
            self.check(not keys, f"{oracle}: {len(keys)} rows {name}: {keys[:3]}")
        self.note(**found)
        self.check(found["lost"] <= self.lost_max,
                   f"O1: {found['lost']} acknowledged commits lost, limit {self.lost_max}")
        order, late = oracles.single_writer(
            load, [self.nodes[number].port for number in self.proxy.openings])
        self.note(writers=[self.number(port) for port in order])
        self.check(not late, f"O4: {len(late)} acknowledged by the former primary afterwards")
        if lost and len(order) == 2:
            took_over = min(op.ended for op in load.successes("append", "probe_write")
                            if op.node == order[1])
            self.check(all(op.begun < took_over for op in lost),
                       "O1: commits acknowledged after the change were lost")
        if load.of("register"):
            values = oracles.registers(load, server)
            self.note(**values)
            if self.lost_max == 0:
                self.check(not any(values.values()), f"O5: {values}")
        self.note(stale_own_reads=sum(c.stale for c in load.of("mixed")))
        self.check(self.metrics["stale_own_reads"] == 0 or self.lost_max > 0,
                   f"own writes were not seen {self.metrics['stale_own_reads']} times")

    def number(self, port):
        return next((node.number for node in self.nodes if node.port == port), port)

    def converge(self):
        """O10: what the proxy says is what the servers are, and nobody reads from one that does
        not follow."""
        def agrees():
            status = self.proxy.status()
            if status is None:
                return False
            for node in self.nodes:
                state, role = status.nodes[node.number]["state"], status.nodes[node.number]["role"]
                answer = node.is_primary if node.is_running else None
                if state == "up" and (answer is None or (role == "primary") != answer):
                    return False
                if state == "up" and role == "standby" and not node.is_streaming:
                    return False
            return status.primary is not None or not self.spec.ends_writable
        try:
            self.note(converged=round(self.until(agrees, 30, "status and servers to agree"), 1))
        except Unmet as unmet:
            self.check(False, f"O10: {unmet}")
        self.note(final=str(self.states()))

    def leave(self):
        """O8: nothing is left over."""
        try:
            self.until(lambda: self.proxy.half_closed() == 0, 10, "sockets in CLOSE_WAIT to go")
        except Unmet as unmet:
            self.check(False, f"O8: {unmet}")
        code = self.proxy.stop()
        self.check(code == 0, f"the proxy left with {code}")
        for node in self.nodes:
            if not node.is_running:
                continue
            count = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'ha load%'"
            try:
                self.until(lambda: node.ask(count, 0, timeout=3) == 0, 10, "sessions to end")
            except Unmet:
                self.check(False, f"O8: node {node.number} still has sessions of the proxy")


def play(spec, options):
    """Plays a scenario: its result, ready for JSON."""
    begun = time.monotonic()
    result = dict(scenario=spec.id, title=spec.title, setup="D4", seed=options.seed,
                  synchronous=spec.synchronous, lengths="plan" if options.full else "short")
    bed, verdict, tail = None, "pass", ""
    try:
        reason = spec.reason_against(options)
        if reason:
            raise NotHere(reason)
        bed = Bed(spec, options)
        with bed:
            bed.lost_max = 0 if spec.synchronous else spec.lost_max
            bed.changes = spec.changes
            try:
                spec.play(bed)
                bed.finish()
            except NotHere:
                raise
            except Exception as error:
                bed.check(False, f"{type(error).__name__}: {error}")
                bed.note(final=str(bed.states()))
                if not isinstance(error, Unmet):
                    import traceback
                    tail += traceback.format_exc()[-1500:]
            finally:
                if bed.checks and bed.proxy is not None:
                    tail += "log of the proxy:\n" + bed.proxy.tail(options.tail)
    except NotHere as reason:
        verdict = f"not here: {reason}"
    except Exception as error:
        verdict = f"FAIL: the bed could not be made: {type(error).__name__}: {error}"
    if bed is not None:
        result["metrics"] = bed.metrics
        if bed.checks:
            verdict = "FAIL: " + "; ".join(bed.checks)
            result["log"] = tail
    result.update(verdict=verdict, seconds=round(time.monotonic() - begun, 1))
    return result


def line(result):
    """One line for people."""
    metrics = result.get("metrics", {})

    def shown(name):
        return str(metrics.get(name, "-"))
    return (f"{result['scenario']:<6} outage_w {shown('outage_w'):>6}  outage_r "
            f"{shown('outage_r'):>6}  lost {shown('lost'):>3}/{shown('acknowledged'):<6} "
            f"cut {shown('cut')} ({shown('cut_needless')} on survivors)  idle broken "
            f"{shown('idle_broken')}  {result['seconds']:>5} s  {result['verdict']}")
