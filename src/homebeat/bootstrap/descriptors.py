"""Shares out file descriptors: how many this process may open, how many the alarm path needs, and how many are left for HTTP.

A process has one table of descriptors for everything: database, broker, deliveries, log, and every connection of a browser.
If HTTP clients used it up, no delivery could be made. So HTTP gets what is left after the others.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Sequence
from typing import Final

from homebeat.settings.model import Settings

#: Database (32 connections, two files each on SQLite), broker, log, standard streams, libraries' own, and some to spare.
_ALWAYS: Final = 160
#: Look-ups of names that were given up on and still wait for their name server. A delivery looks up or is connected: one.
_LOOK_UPS: Final = 64
#: For how many turns of the event loop a refused connection lives, about.
_REFUSED_FOR: Final = 4
#: The channel to the bands waits with select(), which knows numbers below this only.
_SELECTABLE: Final = 1_024
#: Fewer connections than this are of no use to a desk.
_FEWEST: Final = 16
#: So few left means that something is about to fail.
_NEARLY_NONE: Final = 32


def raise_limit() -> int:
    """Raise the limit of descriptors to the highest that the operator allows; returns it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return _SELECTABLE if hard == resource.RLIM_INFINITY else hard


def count_free_for_http(settings: Settings, roles: Sequence[str], limit: int) -> int:
    """Count the HTTP connections that fit beside the alarm path; may be below zero."""
    # loaded here: a process that serves nothing starts without a server
    from homebeat.serving.server import ACCEPTED_AT_ONCE

    deliveries = settings.queues.in_flight + _LOOK_UPS if "deliver" in roles else 0
    return min(limit, _SELECTABLE) - _ALWAYS - deliveries - _REFUSED_FOR * ACCEPTED_AT_ONCE


def limit_connections(settings: Settings, roles: Sequence[str], limit: int) -> int:
    """Compute the limit of HTTP connections that leaves the alarm path its descriptors."""
    return max(_FEWEST, min(settings.http.connections, count_free_for_http(settings, roles, limit)))


def describe_shortage(settings: Settings, roles: Sequence[str], limit: int) -> str | None:
    """Describe a shortage of descriptors, for `homebeat check` and the log; None when there are enough."""
    room = count_free_for_http(settings, roles, limit)
    if room >= settings.http.connections:
        return None
    needs = limit + settings.http.connections - room
    if needs > _SELECTABLE:
        why = f"of {_SELECTABLE} descriptors that can be used"
    else:
        why = f"of {limit} open files (LimitNOFILE, ulimit -n; {needs} would do)"
    return (
        f"http.connections is {settings.http.connections}, and {max(_FEWEST, room)} are in force: "
        f"the rest {why} is kept for database, broker and deliveries"
    )


def check_descriptors(limit: int) -> str | None:
    """Check for `/readyz` whether descriptors are running out now; None when they are not."""
    left = limit - len(os.listdir("/proc/self/fd"))  # noqa: PTH208  names only, and as fast as can be
    return None if left >= _NEARLY_NONE else f"{left} of {limit} file descriptors are left"
