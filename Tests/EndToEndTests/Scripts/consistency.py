"""Random sessions through the proxy, each compared with the same session on one server.

Every answer must be equal, message by message, whatever node gave it. A table that somebody else
changes all the time (`clock`) shows in addition that a snapshot is one: its rows are always equal,
stand still in REPEATABLE READ and never go back within a transaction.
"""
import itertools
import json
import random
import threading
import time

import history
from wire import *

PROXY, REFERENCE = "through the proxy", "on one server"
DATABASES = {PROXY: "e2e", REFERENCE: "e2e_reference"}
CONTROL = ("begin", "start", "commit", "end", "rollback", "abort", "prepare transaction")
REPORTED = ("TimeZone", "DateStyle", "IntervalStyle", "application_name", "client_encoding",
            "standard_conforming_strings", "default_transaction_read_only", "is_superuser",
            "session_authorization")
SHRINK_SECONDS = 60
ATTEMPTS = 8


class Difference(Exception):
    """What the two sides said to the last operation of a history."""

    def __init__(self, operations, ours, wanted, why="the answers differ"):
        super().__init__(why)
        self.operations, self.ours, self.wanted, self.why = operations, ours, wanted, why


class Side:
    """One of the two connections of a session."""

    def __init__(self, name, number, port):
        self.name, self.number = name, number
        self.connection = Connection(port, database=DATABASES[name], timeout=60)

    def say(self, operation):
        """Runs it and returns what came back, as far as it must be the same everywhere."""
        try:
            return self.transcript(operation)
        except (Closed, OSError) as error:
            return [["closed", str(error)]]

    def transcript(self, operation):
        connection = self.connection
        connection.notices = []
        syncs = 1
        if operation["do"] == "segments":
            connection.send(b"".join(
                encoded(*map(self.meant, one)) for one in operation["messages"]))
            syncs = sum(m == ["Sync"] for m in operation["messages"])
        else:
            connection.send(message(b"Q", text(self.meant(operation["sql"]))))
        said = []
        while syncs:
            kind, body = connection.receive()
            if kind == b"G":
                connection.send(message(b"d", operation["data"].encode()) + message(b"c"))
            said.append(self.seen(kind, body))
            syncs -= kind == b"Z"
        said += [["notice", notice["C"]] for notice in connection.notices]
        said.append({name: connection.parameters.get(name) for name in REPORTED})
        return said

    def meant(self, word):
        if not isinstance(word, str):
            return word
        return word.replace("{k}", str(self.number)).replace("{side}", self.name)

    def seen(self, kind, body):
        if kind == b"T":
            return ["columns", names(body)]
        if kind == b"D":
            return ["row"] + row(body)
        if kind == b"E":
            error = fields(body)
            return ["error", error["C"], error["M"].replace(self.name, "{side}"), error.get("P")]
        if kind in (b"C", b"Z", b"d"):
            return [kind.decode(), body.rstrip(b"\0").decode()]
        return [kind.decode()]


def names(body):
    """The column names of a RowDescription."""
    position, result = 2, []
    while position < len(body):
        end = body.index(b"\0", position)
        result.append(body[position:end].decode())
        position = end + 19
    return result


def encoded(kind, *rest):
    return {
        "Parse": parse, "Bind": bind, "Execute": execute, "Sync": lambda: SYNC,
        "Describe": lambda what, name: describe(what.encode(), name),
        "Close": lambda what, name: message(b"C", what.encode() + text(name)),
    }[kind](*rest)


# What the proxy says in a transaction that cannot leave its standby; Documentation/routing.md.
REFUSAL = ["error", "0A000", "cannot execute this statement in a READ ONLY transaction on a standby"]


class Play:
    """One session on both sides."""

    def __init__(self, stage, number):
        self.stage, self.number = stage, number
        self.done = []
        self.remembered = None
        self.clean()
        if history.starts_clean(number):
            # Nothing that this session wrote keeps it from any node, until it writes.
            stage.on_primary(history.setup(number))
            stage.wait_for_standbys()
        self.sides = [Side(PROXY, number, stage.port), Side(REFERENCE, number, stage.server)]
        if not history.starts_clean(number):
            for side in self.sides:
                side.connection.query(history.setup(number))

    @property
    def status(self):
        return self.sides[1].connection.status

    def step(self, operation):
        before = self.status
        if operation.get("think"):
            time.sleep(operation["think"])
        ours, wanted = [side.say(operation) for side in self.sides]
        self.done.append(operation)
        if any(isinstance(item, list) and item[:3] == REFUSAL for item in ours):
            for side in self.sides:
                side.say({"do": "query", "sql": "rollback"})
            self.remembered = None
            return
        if operation["check"] == "same":
            if ours != wanted:
                raise Difference(self.done, ours, wanted)
        elif [item[:1] for item in ours[:-1]] != [item[:1] for item in wanted[:-1]]:
            raise Difference(self.done, ours, wanted)
        self.watch_clock(operation, before, ours, wanted)

    def watch_clock(self, operation, before, ours, wanted):
        text = operation.get("sql", CONTROL[0]).lower()
        if not before == self.status == b"T" or any(word in text for word in CONTROL):
            self.remembered = None
        if operation["check"] != "clock" or ours[1][0] != "row":
            return
        low, high, stamps, isolation = ours[1][1:]
        if low != high:
            raise Difference(self.done, ours, wanted, "half of another transaction is seen")
        if [stamps, isolation] != wanted[1][3:]:
            raise Difference(self.done, ours, wanted)
        now = int(low)
        if self.remembered is not None:
            if now < self.remembered:
                raise Difference(self.done, ours, wanted, "time goes back: it was %d" % self.remembered)
            if isolation in ("repeatable read", "serializable") and now != self.remembered:
                raise Difference(self.done, ours, wanted, "the snapshot moved: it was %d" % self.remembered)
        if self.status == b"T":
            self.remembered = now

    def finish(self, politely=True):
        """Ends the session and removes its objects."""
        for side in self.sides:
            if politely:
                side.connection.terminate()
            else:
                side.connection.abandon()
        self.clean()

    def clean(self):
        for database in DATABASES.values():
            cleaner = Connection(self.stage.server, database=database)
            for gid, in cleaner.query(
                    "select gid from pg_prepared_xacts where database = current_database()"
                    " and gid like '%% %d'" % self.number):
                cleaner.query("rollback prepared '%s'" % gid)
            cleaner.query(history.TEARDOWN.format(k=self.number))
            cleaner.terminate()


class Stage:
    """The proxy's port, the primary's own port, and the clock that ticks on the primary."""

    def __init__(self, port, server, seed):
        self.port, self.server, self.seed = port, server, seed
        self.numbers = itertools.count(1)
        self.over = threading.Event()
        self.found, self.crashes = [], []
        self.operations = self.sessions = self.transactions = 0
        self.lock = threading.Lock()

    def on_primary(self, sql):
        """Runs it on the primary itself, for both sides."""
        for database in DATABASES.values():
            direct = Connection(self.server, database=database)
            direct.query(sql)
            direct.terminate()

    def wait_for_standbys(self):
        """What others wrote is seen when it is replayed: waits until all up to now is."""
        direct = Connection(self.server)
        target = direct.value("select pg_current_wal_lsn()")
        while direct.value("select count(*) from pg_stat_replication where replay_lsn < '%s'" % target) != "0":
            time.sleep(0.02)
        direct.terminate()

    def prepare(self):
        direct = Connection(self.server)
        if direct.value("select count(*) from pg_roles where rolname = 'session_reader'") == "0":
            direct.query("create role session_reader")
        direct.terminate()
        self.on_primary("""
            drop table if exists shared, clock;
            create table shared (id int primary key, label text);
            insert into shared select i, 'label ' || i from generate_series(1, 100) i;
            create table clock (id int primary key, n int) with (fillfactor = 30);
            insert into clock select i, 0 from generate_series(1, 10) i;
            grant select on shared, clock to session_reader;
            """)
        self.wait_for_standbys()

    def tick(self):
        ticker = Connection(self.server)
        while not self.over.is_set():
            ticker.query("update clock set n = n + 1")
            time.sleep(0.005)
        ticker.terminate()

    def work(self, deadline):
        """One session after the other until time is up."""
        while time.monotonic() < deadline and not self.found:
            with self.lock:
                number = next(self.numbers)
            try:
                self.session(number, deadline)
            except Difference as difference:
                self.found.append((number, difference))
            except Exception as error:
                self.crashes.append("session %d: %r" % (number, error))
                self.found.append((number, None))

    def session(self, number, deadline):
        author = history.Author(self.seed, number)
        length = author.draw.randint(30, 160)
        play = Play(self, number)
        transactions = 0
        try:
            for _ in range(length):
                before = play.status
                play.step(author.next(before))
                transactions += before == b"I" and play.status != b"I"
                if self.found or time.monotonic() > deadline + 5:
                    break
        finally:
            with self.lock:
                self.operations += len(play.done)
                self.transactions += transactions
                self.sessions += 1
            play.finish(politely=number % 4 != 0)

    def replay(self, kind, operations):
        """The difference that these operations end in, or None.

        Several sessions try it at once: which node they read from, and what a standby has replayed,
        is a matter of luck. Their numbers are such that they start as session `kind` did.
        """
        found = []

        def attempt(number):
            play = Play(self, number)
            try:
                for operation in operations:
                    play.step(operation)
            except Difference as difference:
                found.append(difference)
            finally:
                play.finish()

        same = [number for number in itertools.islice(self.numbers, 30 * ATTEMPTS)
                if history.starts_clean(number) == history.starts_clean(kind)][:ATTEMPTS]
        threads = [threading.Thread(target=attempt, args=(number,)) for number in same]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return min(found, key=lambda difference: len(difference.operations), default=None)

    def shrink(self, number, difference):
        """Leaves out what is not needed, as long as time allows and the difference stays."""
        deadline = time.monotonic() + SHRINK_SECONDS
        best, size = difference, max(1, len(difference.operations) // 2)
        while size and time.monotonic() < deadline:
            at, removed = 0, False
            while at < len(best.operations) - 1 and time.monotonic() < deadline:
                shorter = best.operations[:at] + best.operations[at + size:-1] + best.operations[-1:]
                again = self.replay(number, shorter)
                # Another difference than the one that is looked for does not help.
                if again and again.operations[-1] is best.operations[-1]:
                    best, removed = again, True
                else:
                    at += size
            size = size if removed and size == 1 else size // 2
        return best


def run(port, server, seed, seconds, workers=24):
    """Sessions for so many seconds; prints how many operations were compared."""
    seed = seed or random.SystemRandom().randrange(1, 1_000_000)
    print("seed %d" % seed, flush=True)
    stage = Stage(port, server, seed)
    stage.prepare()
    started = time.monotonic()
    threads = [threading.Thread(target=stage.tick)] + [
        threading.Thread(target=stage.work, args=(started + seconds,)) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads[1:]:
        thread.join()
    elapsed = time.monotonic() - started
    try:
        if stage.found:
            report(stage, *stage.found[0])
    finally:
        stage.over.set()
        threads[0].join()
    return "%d operations, %d transactions, %d sessions in %.0f s; ten minutes of it are %d operations" % (
        stage.operations, stage.transactions, stage.sessions, elapsed,
        stage.operations / elapsed * 600)


def report(stage, number, difference):
    check(difference, "seed", stage.seed, stage.crashes[0] if stage.crashes else "")
    short = stage.shrink(number, difference)
    lines = ["seed %d, session %d, %s." % (stage.seed, number, short.why),
             "The shortest history found (of %d operations):" % len(difference.operations)]
    lines += ["  " + json.dumps(operation) for operation in short.operations]
    lines += ["%s: %s" % (PROXY, short.ours), "%s: %s" % (REFERENCE, short.wanted)]
    raise AssertionError("\n".join(lines))


main({"run": run})
