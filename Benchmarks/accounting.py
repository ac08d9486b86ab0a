"""What a tree of processes costs: CPU time and memory, from /proc."""

import glob
import os
from dataclasses import dataclass

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def process_tree(root):
    """`root` and all its descendants."""
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                children.setdefault(fields_of_stat(int(name))[1], []).append(int(name))
            except (OSError, ValueError):
                continue
    found, waiting = set(), [root]
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += children.get(pid, [])
    return found


def fields_of_stat(pid):
    """The fields of /proc/PID/stat after the name, which may itself hold blanks: [0] is the
    state, [1] the parent, [11] and [12] user and system time, [13] and [14] those of children
    that ended."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        text = file.read()
    state, *numbers = text[text.rindex(")") + 2:].split()
    return [state, *map(int, numbers)]


@dataclass
class CPUReading:
    """CPU time a process tree has used so far.

    `user` and `system` (seconds) come in ticks of 10 ms and include children that ended.
    `threads` maps each living thread to its exact time on a CPU in nanoseconds.
    """

    user: float
    system: float
    threads: dict

    @staticmethod
    def of(root):
        ticks = [0, 0]
        threads = {}
        for pid in process_tree(root):
            try:
                stat = fields_of_stat(pid)
            except OSError:
                continue
            ticks[0] += stat[11] + stat[13]
            ticks[1] += stat[12] + stat[14]
            for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
                try:
                    with open(path, encoding="ascii") as file:
                        threads[path] = int(file.read().split()[0])
                except (OSError, IndexError):
                    continue
        return CPUReading(ticks[0] / TICKS_PER_SECOND, ticks[1] / TICKS_PER_SECOND, threads)

    def spent_since(self, earlier):
        """(user, system) seconds since `earlier`. The sum is exact to the nanosecond where the
        kernel says so and no thread ended in between; the split is sampled by the kernel."""
        user, system = self.user - earlier.user, self.system - earlier.system
        if self.threads and earlier.threads.keys() <= self.threads.keys():
            exact = sum(ns - earlier.threads.get(t, 0) for t, ns in self.threads.items()) / 1e9
            if exact > 0 and user + system > 0:
                share = user / (user + system)
                return exact * share, exact * (1 - share)
        return user, system


def proportional_memory(root):
    """PSS of the tree in KiB: a page shared by n processes counts 1/n for each."""
    total = 0
    for pid in process_tree(root):
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
        except OSError:
            continue
    return total
