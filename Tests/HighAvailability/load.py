"""The workloads W1, W2, W3, W5 and idle sessions: what clients did and what they were told."""
import collections
import random
import select
import threading
import time

import psycopg2
from psycopg2 import extensions

from servers import DATABASE

# Longer than failover_client_wait, after which everybody must have been told something.
PATIENCE = 38.0
REFUSED = {"40001", "57P03", "53300", "25006", "25P02"}
UNKNOWN_CLASSES = ("08", "57P01", "57P02", "57P05")


def now():
    return time.monotonic()


class Failed(Exception):
    """An operation that did not succeed. `cut`: the session ended with it."""

    def __init__(self, code, cut, text=""):
        super().__init__(f"{code} {text}".strip())
        self.code, self.cut, self.text = code, cut, text

    @property
    def is_refusal(self):
        """Surely not executed."""
        return self.code in REFUSED or self.code.startswith("connect:")


def told(error, phase):
    """The SQLSTATE; libpq hides it during a login."""
    if getattr(error, "pgcode", None):
        return error.pgcode
    text = str(error)
    for words, code in (("starting up", "57P03"), ("shutting down", "57P03"),
                        ("no primary", "57P03"), ("recovery", "57P03"), ("too many", "53300"),
                        ("Sorry", "53300"), ("refused", "refused"), ("closed", "closed"),
                        ("reset", "reset")):
        if words in text:
            return f"{phase}:{code}"
    return f"{phase}:" + (text.strip().split("\n")[0][:60] or type(error).__name__)


class Session:
    """One connection through libpq, with a limit for every wait."""

    def __init__(self, port, timeout=PATIENCE, **options):
        self.connection = None
        try:
            self.connection = psycopg2.connect(
                host="127.0.0.1", port=port, user="postgres", dbname=DATABASE, async_=1,
                application_name="ha load", **options)
            self.wait(timeout, "connect")
        except psycopg2.Error as error:
            self.close()
            raise Failed(told(error, "connect"), True, str(error).strip())
        except Failed:
            self.close()
            raise

    def wait(self, timeout, phase):
        deadline = now() + timeout
        while True:
            what = self.connection.poll()
            if what == extensions.POLL_OK:
                return
            poll = select.poll()
            poll.register(self.connection.fileno(),
                          select.POLLIN if what == extensions.POLL_READ else select.POLLOUT)
            if not poll.poll(max(0.0, deadline - now()) * 1000) and now() >= deadline:
                raise Failed(f"{phase}:hung", True, "no answer")

    def run(self, sql, timeout=PATIENCE):
        try:
            cursor = self.connection.cursor()
            cursor.execute(sql)
            self.wait(timeout, "session")
            return cursor.fetchall() if cursor.description else []
        except psycopg2.Error as error:
            code = told(error, "session")
            severity = getattr(getattr(error, "diag", None), "severity", None)
            cut = (self.connection.closed != 0 or severity in ("FATAL", "PANIC")
                   or code.startswith("session:"))
            raise Failed(code, cut, str(error).strip())

    def close(self):
        if self.connection is not None:
            try:
                self.connection.close()
            except psycopg2.Error:
                pass


class Operation:
    """One thing a client wanted. `verdict`: ok, fail (surely not done) or info (nobody knows)."""
    __slots__ = ("client", "seq", "begun", "ended", "verdict", "code", "node", "value", "cut")

    def __init__(self, client, seq, begun):
        self.client, self.seq, self.begun = client, seq, begun
        self.ended = self.verdict = self.code = self.node = self.value = None
        self.cut = False


class Client(threading.Thread):
    """A client that keeps its session and says what became of each operation."""
    kind = ""
    pause = 0.02

    def __init__(self, load, number, seed):
        super().__init__(daemon=True)
        self.load, self.number = load, number
        self.random = random.Random(seed * 1000 + number)
        self.operations, self.sessions = [], []
        self.errors = collections.Counter()
        self.texts = {}
        self.session, self.seq = None, 0

    def run(self):
        while not self.load.over.is_set():
            if self.session is None and not self.connect():
                self.load.over.wait(0.05)
                continue
            self.seq += 1
            operation = Operation(self.number, self.seq, now())
            try:
                self.step(operation)
                operation.verdict = "ok"
            except Failed as failure:
                operation.code, operation.cut = failure.code, failure.cut
                operation.verdict = operation.verdict or (
                    "fail" if failure.is_refusal else "info")
                self.failed(failure)
            operation.ended = now()
            if operation.node is not None and self.sessions:
                self.sessions[-1]["nodes"].add(operation.node)
            self.operations.append(operation)
            self.load.over.wait(self.pause)
        if self.session is not None:
            self.session.close()

    def connect(self):
        begun = now()
        try:
            self.session = Session(self.load.port)
        except Failed as failure:
            self.note(failure)
            self.sessions.append(dict(opened=begun, nodes=set(), cut=now(), code=failure.code,
                                      isOpen=False))
            return False
        self.sessions.append(dict(opened=now(), nodes=set(), cut=None, code=None, isOpen=True))
        return True

    def note(self, failure):
        self.errors[failure.code] += 1
        self.texts.setdefault(failure.code, failure.text[:300])

    def failed(self, failure):
        self.note(failure)
        if failure.cut:
            self.sessions[-1].update(cut=now(), code=failure.code)
            self.session.close()
            self.session = None
        else:
            try:
                self.session.run("ROLLBACK")
            except Failed as again:
                self.note(again)
                self.sessions[-1].update(cut=now(), code=again.code)
                self.session.close()
                self.session = None

    def step(self, operation):
        raise NotImplementedError


class Appender(Client):
    """W1: one row after the other, each in a transaction of its own."""
    kind = "append"

    def step(self, operation):
        rows = self.session.run(
            f"INSERT INTO appended(client, seq) VALUES ({self.number}, {operation.seq}) "
            "RETURNING current_setting('port')::int")
        operation.node = rows[0][0]


class Registrar(Client):
    """W2: increments under a row lock."""
    kind = "register"

    def step(self, operation):
        row = self.random.randint(1, 4)
        operation.verdict = "fail"
        self.session.run("BEGIN")
        rows = self.session.run(
            "SELECT value, current_setting('port')::int FROM registers "
            f"WHERE id = {row} FOR UPDATE")
        operation.value, operation.node = (row, rows[0][0] + 1), rows[0][1]
        self.session.run(f"UPDATE registers SET value = value + 1 WHERE id = {row}")
        operation.verdict = None
        self.session.run("COMMIT")


class Mixed(Client):
    """W3: reads through load balancing, among them the client's own last row."""
    kind = "mixed"

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.written, self.stale = 0, 0

    def step(self, operation):
        if self.seq % 8 == 0:
            rows = self.session.run(
                f"INSERT INTO appended(client, seq) VALUES ({self.number}, {operation.seq}) "
                "RETURNING current_setting('port')::int")
            operation.value, operation.node = "wrote", rows[0][0]
            self.written = operation.seq
        elif self.seq % 8 == 1 and self.written:
            seen = self.session.run(
                f"SELECT coalesce(max(seq), 0) FROM appended WHERE client = {self.number}")
            if seen[0][0] < self.written:
                self.stale += 1
        else:
            self.session.run(f"SELECT word FROM fixed WHERE id = {1 + self.seq % 1000}")


class Reader(Client):
    """Reads only, each told which server answered."""
    kind = "read"

    def step(self, operation):
        rows = self.session.run(
            "SELECT current_setting('port')::int, word FROM fixed "
            f"WHERE id = {1 + self.seq % 1000}")
        operation.node = rows[0][0]


class Probe(Client):
    """W5: a new session for each statement."""
    pause = 0.1

    def step(self, operation):
        statement = (
            f"INSERT INTO appended(client, seq) VALUES ({self.number}, {operation.seq}) "
            "RETURNING current_setting('port')::int" if self.kind == "probe_write" else
            "SELECT current_setting('port')::int FROM fixed WHERE id = 1")
        operation.node = self.session.run(statement)[0][0]
        self.session.close()
        self.session = None


class ProbeWrite(Probe):
    kind = "probe_write"


class ProbeRead(Probe):
    kind = "probe_read"


class Idle:
    """Sessions that did one statement and sit between transactions."""

    def __init__(self, port, count):
        self.sessions = []
        for number in range(count):
            session = Session(port, 10)
            writes = number % 2 == 0
            node = session.run(self.statement(writes, number, 1), 10)[0][0]
            self.sessions.append(dict(session=session, writes=writes, number=number, node=node))

    @staticmethod
    def statement(writes, number, seq):
        if writes:
            return (f"INSERT INTO appended(client, seq) VALUES ({5000 + number}, {seq}) "
                    "RETURNING current_setting('port')::int")
        return "SELECT current_setting('port')::int FROM fixed WHERE id = 2"

    def broken(self):
        """How many of them cannot go on, with the reasons."""
        reasons = []
        for one in self.sessions:
            try:
                one["session"].run(self.statement(one["writes"], one["number"], 2), 10)
            except Failed as failure:
                reasons.append(f"{one['number']} at {one['node']}: {failure}"[:160])
            one["session"].close()
        return reasons


KINDS = dict(append=Appender, register=Registrar, mixed=Mixed, read=Reader)


class Load:
    def __init__(self, port, seed, append=3, register=2, mixed=2, read=3, probes=True, idle=12,
                 pause=None):
        self.port, self.over = port, threading.Event()
        self.idle = Idle(port, idle)
        counts = dict(append=append, register=register, mixed=mixed, read=read)
        self.clients = []
        for kind, count in counts.items():
            for _ in range(count):
                self.clients.append(KINDS[kind](self, len(self.clients) + 1, seed))
        if probes:
            self.clients.append(ProbeWrite(self, len(self.clients) + 1, seed))
            self.clients.append(ProbeRead(self, len(self.clients) + 1, seed))
        if pause is not None:
            for client in self.clients:
                if not client.kind.startswith("probe"):
                    client.pause = pause
        self.begun = now()
        # When the load's own process could run, every 10 ms if the machine lets it.
        self.ticks = [self.begun]
        threading.Thread(target=self.tick, daemon=True).start()
        for client in self.clients:
            client.start()

    def tick(self):
        while not self.over.wait(0.01):
            self.ticks.append(now())

    def stall(self, since):
        """The longest time in seconds in which this process did not run when it should have."""
        ticks = [tick for tick in self.ticks if tick >= since]
        gaps = [after - before for before, after in zip(ticks, ticks[1:])]
        return max(max(gaps, default=0) - 0.05, 0)

    def of(self, *kinds):
        return [client for client in self.clients if client.kind in kinds]

    def operations(self, *kinds):
        return [op for client in self.of(*kinds) for op in client.operations]

    def successes(self, *kinds, since=0):
        return [op for op in self.operations(*kinds) if op.verdict == "ok" and op.ended >= since]

    def stop(self):
        """Ends the clients; the names of those that hang."""
        if not self.over.is_set():
            self.ended = now()
        self.over.set()
        deadline = now() + PATIENCE + 5
        for client in self.clients:
            client.join(max(0.1, deadline - now()))
        return [f"{c.kind} {c.number}" for c in self.clients if c.is_alive()]
