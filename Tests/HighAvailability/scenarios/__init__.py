"""The scenarios of the high-availability test plan, for one proxy with two standbys (set-up D4)."""
import importlib
import re

import network

SPECS = {}
QUICK = ("T-1", "T-5", "T-8", "T-13", "T-19", "T-22", "T-26")


class Spec:
    def __init__(self, id, title, play, *, changes=None, lost=0, limits=None, synchronous=False,
                 needs_network=False, needs_mounts=False, needs_orders=False, settings=None,
                 starts_servers=True, starts_proxy=True, descriptors=None, breaks_idle=False,
                 ends_writable=True):
        self.id, self.title, self.play = id, title, play
        # How often the primary must have changed; None: the scenario looks itself.
        self.changes = changes
        # Acknowledged commits that asynchronous replication may cost.
        self.lost_max = lost
        # Of metrics, in seconds.
        self.limits = limits or {}
        self.synchronous = synchronous
        self.needs_network, self.needs_mounts = needs_network, needs_mounts
        self.needs_orders = needs_orders
        self.settings = settings or {}
        self.starts_servers, self.starts_proxy = starts_servers, starts_proxy
        self.descriptors = descriptors
        self.breaks_idle, self.ends_writable = breaks_idle, ends_writable

    def reason_against(self, options):
        if self.needs_network == "must" and not network.is_inside():
            return network.reason_against() or "not in a namespace"
        if self.needs_orders and not options.takes_orders:
            return "this version of the proxy takes no orders"
        return None


def scenario(id, title, **more):
    """Registers a function as a scenario."""
    def register(function):
        SPECS[id] = Spec(id, title, function, **more)
        return function
    return register


def order(id):
    found = re.match(r"T-(\d+)(.*)", id)
    return int(found[1]), found[2]


def all_ids():
    for module in ("losses", "steady", "sessions", "orders", "resources", "starts", "lagging"):
        importlib.import_module(f"scenarios.{module}")
    return sorted(SPECS, key=order)
