"""Input that no client should send: garbage, truncated, oversized, byte by byte.

Every case must end in an error or a close, and the proxy must serve the next client at once.
"""
import random
import socket
import struct

from wire import *


def ends(handle, seconds=15):
    """Whether the other side closes; what it said before."""
    handle.settimeout(seconds)
    said = b""
    try:
        while True:
            chunk = handle.recv(65536)
            if not chunk:
                return said
            said += chunk
    except ConnectionError:
        return said
    except socket.timeout:
        raise AssertionError("neither an error nor a close after %d s; it said %r" % (seconds, said[:200]))


def still_serves(port):
    session = Connection(port)
    check(session.value("select 40 + 2") == "42")
    session.terminate()


def startup_garbage(port, seed=1, count=300):
    dice = random.Random(seed)
    for _ in range(count):
        handle = dial(port)
        try:
            handle.sendall(dice.randbytes(dice.randrange(1, 200)))
            handle.shutdown(socket.SHUT_WR)
        except OSError:
            continue
        ends(handle)
        handle.close()
    still_serves(port)


def startup_lengths(port):
    """Length words around every limit, each with no more than eight bytes behind it."""
    for length in [0, 1, 3, 4, 5, 7, 8, 9, 10_001, 65_536, 2**20, 2**31 - 1, 2**31, 2**32 - 1]:
        handle = dial(port)
        try:
            handle.sendall(struct.pack("!I", length) + struct.pack("!I", 0x30000))
            handle.shutdown(socket.SHUT_WR)
            ends(handle)
        except OSError:
            pass
        handle.close()
    # No user, a name without its value, no terminator, an unknown major version.
    for body in [b"\0", text("user"), text("user") + b"postgres", text("") + b"\0", b"\xff" * 64]:
        handle = dial(port)
        handle.sendall(struct.pack("!II", len(body) + 8, 0x30000) + body)
        handle.shutdown(socket.SHUT_WR)
        said = ends(handle)
        check(said == b"" or said[:1] in (b"E", b"R"), body, "answered with", said[:80])
        handle.close()
    handle = dial(port)
    handle.sendall(startup(0x40000, user="postgres", database="e2e"))
    said = ends(handle)
    check(said[:1] == b"E", "protocol 4.0 answered with", said)
    still_serves(port)


def truncated(port):
    """A whole conversation cut after each of its bytes."""
    whole = startup(user="postgres", database="e2e") + message(b"Q", text("select 1"))
    whole += parse("a", "select $1::int") + bind("", "a", 7) + describe(b"P", "") + execute("") + SYNC
    whole += message(b"X")
    for cut in range(0, len(whole), 1):
        handle = dial(port)
        handle.sendall(whole[:cut])
        handle.shutdown(socket.SHUT_WR)
        ends(handle)
        handle.close()
    still_serves(port)


def byte_by_byte(port):
    session = Connection(port, login=False)
    conversation = startup(user="postgres", database="e2e")
    for byte in conversation:
        session.send(bytes([byte]))
    session.finish_login()
    for byte in message(b"Q", text("select 'slow'")):
        session.send(bytes([byte]))
    check(session.drain() == [["slow"]])
    for byte in parse("p", "select $1::text || 'er'") + bind("", "p", "slow") + execute("") + SYNC:
        session.send(bytes([byte]))
    check(session.drain() == [["slower"]])
    session.terminate()
    still_serves(port)


def segment_in_pieces(port, pairs=10000, size=61):
    """A segment of very many statements in very many pieces: each is read once."""
    session = Connection(port, timeout=60)
    data = b"".join(parse("s%d" % i, "select 1") + bind("", "s%d" % i) for i in range(pairs)) + SYNC
    for start in range(0, len(data), size):
        session.send(data[start:start + size])
    for _ in range(pairs):
        session.expect("12")
    session.expect("Z")
    session.terminate()
    still_serves(port)


def message_garbage(port, seed=2, count=150):
    """Garbage after a good login: wrong types, wrong lengths, wrong contents."""
    dice = random.Random(seed)
    kinds = b"BCDEFHPQSXcdfp" + bytes(range(0, 256, 7))
    for number in range(count):
        session = Connection(port)
        body = dice.randbytes(dice.randrange(0, 60))
        kind = bytes([dice.choice(kinds)])
        lie = dice.random()
        if lie < 0.3:
            data = kind + struct.pack("!I", dice.choice([0, 1, 3, 2**31 - 1, 2**32 - 1])) + body
        else:
            data = message(kind, body)
        try:
            session.send(data + SYNC)
            session.handle.shutdown(socket.SHUT_WR)
            ends(session.handle)
        except (OSError, Closed):
            pass
        session.abandon()
        if number % 50 == 0:
            still_serves(port)
    still_serves(port)


def oversized(port):
    """A message that claims a gigabyte and never brings it holds no memory and no slot."""
    sessions = []
    for _ in range(20):
        session = Connection(port)
        session.send(b"Q" + struct.pack("!I", 2**30) + b"select 1" * 1000)
        sessions.append(session)
    still_serves(port)
    for session in sessions:
        session.abandon()
    # A long statement that is real goes through.
    session = Connection(port, timeout=60)
    long = "select length('" + "x" * (8 * 2**20) + "')"
    check(session.value(long) == str(8 * 2**20))
    check(session.extended("select length($1)", "y" * (4 * 2**20)) == [[str(4 * 2**20)]])
    session.terminate()
    still_serves(port)


def encryption_requests(port):
    """SSLRequest and GSSENCRequest are answered N, in any order, and the login goes on."""
    session = Connection(port, login=False)
    for code in (80877103, 80877104):
        session.send(struct.pack("!II", 8, code))
        check(session.read(1) == b"N", "request", code)
    session.send(startup(user="postgres", database="e2e"))
    session.finish_login()
    check(session.value("select 1") == "1")
    session.terminate()
    # Asking again and again is not a way to stay.
    handle = dial(port)
    try:
        for _ in range(50):
            handle.sendall(struct.pack("!II", 8, 80877103))
        handle.shutdown(socket.SHUT_WR)
        ends(handle)
    except OSError:
        pass
    still_serves(port)


def cancel_garbage(port):
    for body in [b"", b"\0" * 3, b"\0" * 8, b"\xff" * 8, b"\xff" * 300, b"\x7f" * 5000]:
        handle = dial(port)
        handle.sendall(struct.pack("!II", len(body) + 8, 80877102) + body)
        handle.shutdown(socket.SHUT_WR)
        check(ends(handle)[:1] in (b"", b"E"))
        handle.close()
    still_serves(port)


main({f.__name__: f for f in [
    startup_garbage, startup_lengths, truncated, byte_by_byte, segment_in_pieces, message_garbage,
    oversized, encryption_requests, cancel_garbage]})
