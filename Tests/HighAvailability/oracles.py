"""What must hold after a run, from what clients were told and what the servers have in the end."""
import collections

from servers import DATABASE

APPENDING = ("append", "mixed", "probe_write")
# Between the clock of one client and that of another.
TOLERANCE = 0.05


def longest_gap(operations, since, until):
    """The longest time without a success that reaches past `since`."""
    times = sorted(op.ended for op in operations if op.verdict == "ok")
    edges = [t for t in times if t <= since][-1:] or [since]
    edges += [t for t in times if since < t < until] + [until]
    return max((b - a for a, b in zip(edges, edges[1:])), default=0.0)


def outages(load, since, until):
    """Seconds without a success, in new sessions (O7) and in those that stay."""
    found = {}
    for name, kind, usual in (("outage_w", "probe_write", 0.1), ("outage_r", "probe_read", 0.1),
                              ("held_w", "append", 0), ("held_r", "read", 0)):
        if load.of(kind):
            gap = longest_gap(load.operations(kind), since, until)
            found[name] = round(max(0.0, gap - usual), 2)
    return found


def rows(server):
    return {(client, seq): count for client, seq, count in server.sql(
        "SELECT client, seq, count(*) FROM appended GROUP BY 1, 2", database=DATABASE,
        timeout=30)}


def appends(load):
    """Operations that inserted a row, by client and number."""
    found = {}
    for op in load.operations(*APPENDING):
        found[(op.client, op.seq)] = op
    return found


def judge_rows(load, server):
    """O1, O2, O3: lost, falsely failed, invented and doubled rows."""
    have, wanted = rows(server), appends(load)
    inserting = {key: op for key, op in wanted.items()
                 if op.verdict != "ok" or op.node is not None or op.value == "wrote"}
    lost = [op for key, op in inserting.items() if op.verdict == "ok" and key not in have]
    return dict(
        acknowledged=sum(1 for op in inserting.values() if op.verdict == "ok"),
        lost=len(lost), lost_operations=lost,
        unknown=sum(1 for op in wanted.values() if op.verdict == "info"),
        false_failures=[key for key, op in wanted.items()
                        if op.verdict == "fail" and key in have],
        invented=[key for key in have if key[0] < 5000 and key not in wanted],
        doubled=[key for key, count in have.items() if count > 1])


def single_writer(load, openings):
    """O4: what a former primary acknowledged after the next one had begun to.

    `openings`: the ports of those that became the primary, one after the other, where known."""
    acks = sorted(load.successes("append", "probe_write", "register"), key=lambda op: op.ended)
    if not acks:
        return [], []
    order, late, took_over = [acks[0].node], [], 0.0
    coming = list(openings)
    for op in acks:
        if op.node == order[-1]:
            continue
        if coming and op.node == coming[0] or not openings and op.node not in order:
            order.append(op.node)
            coming = coming[1:]
            took_over = op.ended
        elif op.begun > took_over + TOLERANCE:
            late.append(op)
    return order, late


def registers(load, server):
    """O5: acknowledged values that came twice or in the wrong order, and the final values' gap."""
    by_row = collections.defaultdict(list)
    for op in load.successes("register"):
        by_row[op.value[0]].append(op)
    twice, disordered, short = 0, 0, 0
    final = dict(server.sql("SELECT id, value FROM registers", database=DATABASE))
    for row, operations in by_row.items():
        values = [op.value[1] for op in operations]
        twice += len(values) - len(set(values))
        operations.sort(key=lambda op: op.ended)
        # The greatest value that was acknowledged before each operation began.
        ended = [(op.ended, op.value[1]) for op in operations]
        for op in operations:
            before = max((value for end, value in ended if end < op.begun), default=0)
            disordered += op.value[1] <= before
        short += max(0, max(values) - final.get(row, 0))
    return dict(register_twice=twice, register_disordered=disordered, register_short=short)


def cut_sessions(load, since, survivors):
    """Sessions open at the fault that were cut, and those of them that used survivors only.

    Only clients that are told the server of each answer count for the second."""
    cut = needless = 0
    for client in load.of("append", "register", "read"):
        for session in client.sessions:
            if not session["isOpen"] or session["opened"] > since:
                continue
            if session["cut"] is not None and session["cut"] >= since:
                cut += 1
                needless += bool(session["nodes"]) and session["nodes"] <= survivors
    return cut, needless


def longest_call(load):
    """O14: the longest that any client waited for an answer."""
    return max((op.ended - op.begun for client in load.clients for op in client.operations),
               default=0.0)
