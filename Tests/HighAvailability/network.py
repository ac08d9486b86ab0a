"""Hosts in network namespaces, with faults on the links between them.

The harness itself runs in a namespace of its own (`unshare`), which plays the router and holds the
proxy and its clients; each server has another one. All of it goes when its processes are gone.
"""
import os
import subprocess

import processes

MARK = "HA_IN_NAMESPACE"
# Classic BPF: a random number below the threshold drops the packet (2), else it passes (0).
RANDOM_DROP = "4,32 0 0 4294963256,53 0 1 {threshold},6 0 0 0,6 0 0 2"


def reason_against():
    """Why this machine cannot do it; None if it can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for program in ("unshare", "nsenter", "ip", "tc"):
        if not processes.has(program):
            return f"network namespaces need {program}"
    probe = subprocess.run(
        ["unshare", "-n", "sh", "-c",
         "ip link add v0 type veth peer name v1 && echo 1 >/proc/sys/net/ipv4/ip_forward"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return None if probe.returncode == 0 else "this machine allows no network namespaces"


def is_inside():
    return "n" in os.environ.get(MARK, "")


def enter(arguments, kinds):
    """Starts this program anew in namespaces (n: network, m: mounts); does not return."""
    os.environ[MARK] = kinds
    os.execvp("unshare", ["unshare", *[f"-{kind}" for kind in kinds], *arguments])


def has_entered():
    return MARK in os.environ


class Network:
    """A star: link `v{n}` leads from here to server n at 10.77.{11+n}.2."""

    def __init__(self, count):
        self.holders = []
        self.sh("ip link set lo up; echo 1 >/proc/sys/net/ipv4/ip_forward")
        for number in range(count):
            holder = subprocess.Popen(
                ["unshare", "-n", "sh", "-c", "echo ready; exec sleep 86400"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
            holder.stdout.readline()
            self.holders.append(holder)
            net = f"10.77.{11 + number}"
            self.sh(f"ip link add v{number} type veth peer name e{number}; "
                    f"ip link set e{number} netns {holder.pid}; "
                    f"ip addr add {net}.1/30 dev v{number}; ip link set v{number} up; "
                    f"tc qdisc add dev v{number} clsact")
            self.sh(f"ip link set lo up; ip addr add {net}.2/30 dev e{number}; "
                    f"ip link set e{number} up; ip route add default via {net}.1; "
                    f"tc qdisc add dev e{number} clsact", number)

    def host(self, number):
        return f"10.77.{11 + number}.2"

    def place(self, number):
        return ["nsenter", "-t", str(self.holders[number].pid), "-n"]

    def sh(self, script, number=None):
        place = self.place(number) if number is not None else []
        return processes.run(place + ["sh", "-ec", script])

    # faults

    def link_down(self, number):
        """The host disappears: nobody answers, nobody resets."""
        self.sh(f"ip link set e{number} down", number)

    def link_up(self, number):
        self.sh(f"ip link set e{number} up; ip route replace default via 10.77.{11 + number}.1",
                number)

    def loss(self, number, share):
        """Random loss on both directions of a link."""
        program = RANDOM_DROP.format(threshold=int(share * 2 ** 32))
        for device, place in ((f"v{number}", None), (f"e{number}", number)):
            self.sh(f"tc filter del dev {device} egress 2>/dev/null || true", place)
            if share:
                self.sh(f"tc filter add dev {device} egress bpf da bytecode '{program}'", place)

    def slow(self, number, kilobits, source):
        """Bandwidth from one server towards another; 0 lifts it. The proxy's way stays free."""
        self.sh(f"tc qdisc del dev v{number} root 2>/dev/null || true")
        if kilobits:
            root = f"tc qdisc add dev v{number} root handle 1: htb default 10"
            add = f"tc class add dev v{number} parent 1: classid"
            self.sh(f"{root}; {add} 1:10 htb rate 10gbit; {add} 1:20 htb rate {kilobits}kbit; "
                    f"tc qdisc add dev v{number} parent 1:20 pfifo limit 20; "
                    f"tc filter add dev v{number} parent 1: protocol ip u32 "
                    f"match ip src {self.host(source)} flowid 1:20")
