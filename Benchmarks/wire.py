"""A minimal PostgreSQL client: log in, run a simple query, stay idle.

It exists because idle sessions are counted in thousands, and because nothing but the Python
standard library may be needed.
"""

import base64
import functools
import hashlib
import hmac
import os
import socket
import struct


class WireError(OSError):
    """The peer closed, refused, or said something unexpected."""


class Session:
    """One logged-in connection."""

    def __init__(self, port, user, database, password=None, timeout=20):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.pending = b""
        try:
            words = ("user", user, "database", database)
            body = b"".join(word.encode() + b"\0" for word in words) + b"\0"
            self.socket.sendall(struct.pack("!II", 8 + len(body), 3 << 16) + body)
            self.authenticate(password)
            self.collect()
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            self.socket.sendall(b"X\0\0\0\4")
        except OSError:
            pass
        self.socket.close()

    def query(self, sql):
        """Rows of the result, each a list of texts (None for NULL)."""
        self.send(b"Q", sql.encode() + b"\0")
        return self.collect()

    def is_open(self):
        """False once the peer closed; does not disturb the session."""
        patience = self.socket.gettimeout()
        self.socket.setblocking(False)
        try:
            return self.socket.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False
        finally:
            self.socket.settimeout(patience)

    def send(self, kind, body):
        self.socket.sendall(kind + struct.pack("!I", 4 + len(body)) + body)

    def receive(self):
        """The next message: its kind and its body."""
        while len(self.pending) < 5:
            self.fill()
        kind, length = struct.unpack("!cI", self.pending[:5])
        while len(self.pending) < 1 + length:
            self.fill()
        body, self.pending = self.pending[5:1 + length], self.pending[1 + length:]
        return kind, body

    def fill(self):
        piece = self.socket.recv(65_536)
        if not piece:
            raise WireError("connection closed by the peer")
        self.pending += piece

    def collect(self):
        """Reads up to ReadyForQuery."""
        rows = []
        problem = None
        while True:
            kind, body = self.receive()
            if kind == b"D":
                rows.append(columns(body))
            elif kind == b"E":
                problem = error_text(body)
            elif kind == b"Z":
                if problem:
                    raise WireError(problem)
                return rows

    def authenticate(self, password):
        scram = None
        while True:
            kind, body = self.receive()
            if kind == b"E":
                raise WireError(error_text(body))
            if kind != b"R":
                raise WireError(f"unexpected message {kind!r} during authentication")
            (request,) = struct.unpack("!I", body[:4])
            if request == 0:
                return
            if password is None:
                raise WireError(f"a password is wanted (authentication request {request})")
            if request == 10:
                scram = Scram(password)
                first = scram.first()
                self.send(b"p", b"SCRAM-SHA-256\0" + struct.pack("!I", len(first)) + first)
            elif request == 11 and scram:
                self.send(b"p", scram.final(body[4:]))
            elif request != 12:
                raise WireError(f"authentication request {request} is not supported here")


class Scram:
    """The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding."""

    def __init__(self, password, nonce=None, user=""):
        self.password = password
        self.nonce = nonce or base64.b64encode(os.urandom(18)).decode()
        self.first_bare = f"n={user},r={self.nonce}"

    def first(self):
        return f"n,,{self.first_bare}".encode()

    def final(self, server_first):
        text = server_first.decode()
        fields = dict(item.split("=", 1) for item in text.split(","))
        salted = salted_password(self.password, fields["s"], int(fields["i"]))
        without_proof = f"c=biws,r={fields['r']}"
        client_key = digest(salted, b"Client Key")
        stored_key = hashlib.sha256(client_key).digest()
        signature = digest(stored_key, f"{self.first_bare},{text},{without_proof}".encode())
        proof = bytes(a ^ b for a, b in zip(client_key, signature))
        return f"{without_proof},p={base64.b64encode(proof).decode()}".encode()


@functools.lru_cache(maxsize=64)
def salted_password(password, salt, iterations):
    salt = base64.b64decode(salt)
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)


def digest(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def columns(body):
    (count,) = struct.unpack_from("!H", body)
    offset, values = 2, []
    for _ in range(count):
        (length,) = struct.unpack_from("!i", body, offset)
        offset += 4
        if length < 0:
            values.append(None)
            continue
        values.append(body[offset:offset + length].decode())
        offset += length
    return values


def error_text(body):
    fields = {item[:1]: item[1:].decode(errors="replace") for item in body.split(b"\0") if item}
    return f"{fields.get(b'S', 'ERROR')}: {fields.get(b'M', '?')} ({fields.get(b'C', '?')})"
