"""Clients that die: at startup, while logging in, in a query, in COPY, in a pipeline."""
import random
import struct
import socket

from wire import *


def reset(session_or_handle, hard):
    """Closes with RST (hard) or FIN."""
    handle = getattr(session_or_handle, "handle", session_or_handle)
    if hard:
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handle.close()


def before_startup(port):
    return dial(port)


def in_startup(port):
    handle = dial(port)
    handle.sendall(startup(user="postgres", database="e2e")[:-7])
    return handle


def in_login(port):
    handle = dial(port)
    handle.sendall(startup(user="postgres", database="e2e"))
    return handle


def idle(port):
    return Connection(port)


def in_query(port):
    session = Connection(port)
    session.send(message(b"Q", text("select generate_series(1, 1000) from pg_sleep(0.05)")))
    return session


def in_result(port):
    session = Connection(port)
    session.send(message(b"Q", text("select repeat('x', 1000) from generate_series(1, 20000)")))
    session.read(3000)
    return session


def in_transaction(port):
    session = Connection(port)
    session.query("begin; create temp table if not exists doomed (a int); insert into doomed values (1)")
    return session


def in_copy_in(port):
    session = Connection(port)
    session.query("create temp table if not exists doomed (a int)")
    session.send(message(b"Q", text("copy doomed from stdin")))
    session.expect("G")
    session.send(message(b"d", b"1\n2\n3\n") + b"d\0\0")
    return session


def in_copy_out(port):
    session = Connection(port)
    session.send(message(b"Q", text("copy (select repeat('y', 1000) from generate_series(1, 20000)) to stdout")))
    session.expect("H")
    return session


def in_pipeline(port):
    session = Connection(port)
    one = parse("", "select $1::int") + bind("", "", 3) + execute("")
    session.send((one + SYNC) * 20 + one + FLUSH + parse("x", "select pg_sleep(0.05)") + b"B\0\0\0")
    return session


POINTS = [before_startup, in_startup, in_login, idle, in_query, in_result, in_transaction,
          in_copy_in, in_copy_out, in_pipeline]


def die(port, count, seed=1):
    """`count` deaths, spread over all points; up to eight are alive at a time."""
    dice = random.Random(seed)
    alive = []
    for number in range(count):
        alive.append(POINTS[number % len(POINTS)](port))
        if len(alive) >= 8:
            reset(alive.pop(dice.randrange(len(alive))), dice.random() < 0.5)
    for session in alive:
        reset(session, True)
    session = Connection(port)
    check(session.value("select 1") == "1")
    session.terminate()


main({"die": die})
