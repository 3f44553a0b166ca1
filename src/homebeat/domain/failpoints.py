"""Points of the watch and of the deliverer at which a crash test stops the process."""

from __future__ import annotations

from collections.abc import Callable

#: Called with the name of the point that is passed, such as `watch.before_commit` or `deliver.after_send`.
Failpoints = Callable[[str], None]


def pass_failpoint(_name: str) -> None:
    """Pass every point."""
