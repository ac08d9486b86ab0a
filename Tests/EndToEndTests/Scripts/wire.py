"""The PostgreSQL frontend/backend protocol, version 3, over a blocking socket.

Small and strict: what the proxy sends is checked as far as it is read, and nothing is retried.
"""
import base64
import hashlib
import hmac
import os
import select
import socket
import struct
import sys
import time


class ServerError(Exception):
    def __init__(self, fields):
        self.fields = fields
        self.sqlstate = fields.get("C", "")
        super().__init__("%s %s" % (self.sqlstate, fields.get("M", "")))


class Closed(Exception):
    """The other side closed or reset the connection."""


def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(w) for w in what))


def message(kind, body=b""):
    return kind + struct.pack("!I", len(body) + 4) + body


def text(value):
    return value.encode() + b"\0"


def startup(version=0x30000, **options):
    body = struct.pack("!I", version)
    for name, value in options.items():
        body += text(name) + text(value)
    return struct.pack("!I", len(body) + 5) + body + b"\0"


def dial(port, timeout=20):
    handle = socket.create_connection(("127.0.0.1", port), timeout)
    handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return handle


class Connection:
    """One session. `login=False` only opens the socket."""

    def __init__(self, port, user="postgres", database="e2e", password=None, login=True,
                 version=0x30000, timeout=20, **options):
        self.port, self.user, self.password = port, user, password
        self.handle = dial(port, timeout)
        self.buffer = b""
        self.parameters, self.notices, self.notifications = {}, [], []
        self.pid, self.secret, self.negotiated, self.status = 0, b"", None, None
        if login:
            self.send(startup(version, user=user, database=database, **options))
            self.finish_login()

    # bytes

    def send(self, data):
        try:
            self.handle.sendall(data)
        except OSError as error:
            raise Closed(str(error))

    def read(self, count):
        while len(self.buffer) < count:
            try:
                chunk = self.handle.recv(65536)
            except (ConnectionError, BrokenPipeError) as error:
                raise Closed(str(error))
            if not chunk:
                raise Closed("end of stream after %r" % self.buffer[:80])
            self.buffer += chunk
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def receive_any(self):
        kind, length = struct.unpack("!cI", self.read(5))
        return kind, self.read(length - 4)

    def receive(self):
        """The next message that is not asynchronous."""
        while True:
            kind, body = self.receive_any()
            if kind == b"S":
                name, value = body.split(b"\0")[:2]
                self.parameters[name.decode()] = value.decode()
            elif kind == b"N":
                self.notices.append(fields(body))
            elif kind == b"A":
                self.notifications.append(body[4:].split(b"\0")[0].decode())
            else:
                if kind == b"Z":
                    self.status = body
                return kind, body

    def expect(self, kinds):
        """Receives one message per letter of `kinds`; returns the bodies."""
        bodies = []
        for wanted in kinds:
            kind, body = self.receive()
            if kind == b"E" and wanted != "E":
                raise ServerError(fields(body))
            check(kind == wanted.encode(), "wanted", wanted, "of", kinds, "got", kind, body[:200])
            bodies.append(body)
        return bodies

    # login

    def finish_login(self):
        while True:
            kind, body = self.receive()
            if kind == b"E":
                raise ServerError(fields(body))
            if kind == b"R":
                self.authenticate(struct.unpack("!I", body[:4])[0], body[4:])
            elif kind == b"K":
                self.pid, self.secret = struct.unpack("!I", body[:4])[0], body[4:]
            elif kind == b"v":
                self.negotiated = struct.unpack("!I", body[:4])[0]
            elif kind == b"Z":
                check(body == b"I", "first ReadyForQuery says", body)
                return
            else:
                raise AssertionError("unexpected during login: %r %r" % (kind, body))

    def authenticate(self, code, rest):
        self.asked = getattr(self, "asked", []) + [code]
        if code == 3:
            self.send(message(b"p", text(self.password or "")))
        elif code == 5:
            inner = hashlib.md5((self.password + self.user).encode()).hexdigest()
            answer = "md5" + hashlib.md5(inner.encode() + rest).hexdigest()
            self.send(message(b"p", text(answer)))
        elif code == 10:
            check(b"SCRAM-SHA-256\0" in rest, "mechanisms", rest)
            self.nonce = base64.b64encode(os.urandom(18)).decode()
            self.first = "n=,r=" + self.nonce
            data = ("n,," + self.first).encode()
            self.send(message(b"p", text("SCRAM-SHA-256") + struct.pack("!I", len(data)) + data))
        elif code == 11:
            server = rest.decode()
            parts = dict(item.split("=", 1) for item in server.split(","))
            check(parts["r"].startswith(self.nonce), "nonce")
            salted = hashlib.pbkdf2_hmac(
                "sha256", self.password.encode(), base64.b64decode(parts["s"]), int(parts["i"]))
            sign = lambda key, data: hmac.new(key, data, hashlib.sha256).digest()
            client_key = sign(salted, b"Client Key")
            final = "c=biws,r=" + parts["r"]
            whole = ",".join([self.first, server, final]).encode()
            signature = sign(hashlib.sha256(client_key).digest(), whole)
            proof = bytes(a ^ b for a, b in zip(client_key, signature))
            self.server_signature = sign(sign(salted, b"Server Key"), whole)
            self.send(message(b"p", (final + ",p=" + base64.b64encode(proof).decode()).encode()))
        elif code == 12:
            check(rest == b"v=" + base64.b64encode(self.server_signature), "server signature")
        else:
            check(code == 0, "authentication request", code)

    # statements

    def query(self, sql):
        """Simple query: all rows of all results as text. Raises the first error."""
        self.send(message(b"Q", text(sql)))
        return self.drain()

    def drain(self):
        """Everything up to ReadyForQuery; the rows, or the error."""
        rows, error = [], None
        while True:
            kind, body = self.receive()
            if kind == b"D":
                rows.append(row(body))
            elif kind == b"E":
                error = error or ServerError(fields(body))
            elif kind == b"Z":
                if error:
                    raise error
                return rows

    def value(self, sql):
        rows = self.query(sql)
        check(len(rows) == 1 and len(rows[0]) == 1, sql, "gave", rows)
        return rows[0][0]

    def extended(self, sql, *arguments):
        """Parse, Bind, Execute, Sync with unnamed names and text arguments."""
        self.send(parse("", sql) + bind("", "", *arguments) + execute("") + SYNC)
        return self.drain()

    def cancel_request(self):
        body = struct.pack("!II", 80877102, self.pid) + self.secret
        return struct.pack("!I", len(body) + 4) + body

    def cancel(self, malformed=False):
        """Sends the cancel and waits until the other side has closed that connection.

        A cancel is never answered; one that is no cancel by its length may be called an error.
        """
        handle = dial(self.port)
        handle.sendall(self.cancel_request())
        try:
            answer = handle.recv(1)
            check(answer == b"" or malformed and answer == b"E", "a cancel request was answered")
        except ConnectionError:
            pass
        handle.close()

    def cancel_until_heard(self, seconds=20):
        """Cancels until there is an answer: a statement that still waits for a server cannot hear."""
        deadline = time.monotonic() + seconds
        while not self.is_answered(0.2):
            check(time.monotonic() < deadline, "not cancelled")
            self.cancel()

    def is_answered(self, seconds):
        return bool(self.buffer) or bool(select.select([self.handle], [], [], seconds)[0])

    def terminate(self):
        """Says goodbye and waits for the close, so that the session is really over."""
        try:
            self.send(message(b"X"))
            self.handle.settimeout(10)
            while self.handle.recv(65536):
                pass
        except (Closed, ConnectionError):
            pass
        self.handle.close()

    def abandon(self):
        """Vanishes without a word."""
        self.handle.close()


def fields(body):
    parts = [p for p in body.split(b"\0") if p]
    return {chr(p[0]): p[1:].decode(errors="replace") for p in parts}


def row(body):
    count, = struct.unpack("!H", body[:2])
    position, values = 2, []
    for _ in range(count):
        length, = struct.unpack("!i", body[position:position + 4])
        position += 4
        if length < 0:
            values.append(None)
        else:
            values.append(body[position:position + length].decode())
            position += length
    return values


def parse(name, sql):
    return message(b"P", text(name) + text(sql) + b"\0\0")


def bind(portal, name, *arguments):
    body = text(portal) + text(name) + b"\0\0" + struct.pack("!H", len(arguments))
    for argument in arguments:
        data = str(argument).encode()
        body += struct.pack("!i", len(data)) + data
    return message(b"B", body + b"\0\0")


def execute(portal, limit=0):
    return message(b"E", text(portal) + struct.pack("!I", limit))


def describe(kind, name):
    return message(b"D", kind + text(name))


SYNC = message(b"S")
FLUSH = message(b"H")


def main(scenarios):
    """Runs the scenario that the first argument names; the rest are its arguments."""
    name, arguments = sys.argv[1], sys.argv[2:]
    result = scenarios[name](*[int(a) if a.lstrip("-").isdigit() else a for a in arguments])
    print(result if result is not None else "ok")
