"""The tree of errors that homebeat raises on purpose; each says what to do about it.

HomebeatError
├── NotAllowed      a step that the state machine forbids (409)
│   └── StaleVersion  it has moved on since it was looked at
├── NotPermitted    a role that may not do this (403)
├── NotFound        no such thing, or not yours to see (404)
├── Incomplete      something is missing without which it must not be done (422)
├── BadCursor       a list cannot go on from there (422)
├── BadFleet        a fleet file that was refused whole, with every fault in it
├── BadSettings     a setting that cannot be used
├── Fenced          another watch has taken over: nothing of ours may be committed any more
├── Refused         something that the database will not take, however often it is given
└── Unavailable     a part we depend on is away; try again
"""

from __future__ import annotations

from collections.abc import Sequence


class HomebeatError(Exception):
    """The root; `str(error)` is fit to be shown to an operator."""

    status = 500


class NotAllowed(HomebeatError):
    """The step is not possible in the state things are in."""

    status = 409


class StaleVersion(NotAllowed):
    """What was to be changed has moved on since the version that was seen; look again, then decide."""


class NotPermitted(HomebeatError):
    """Whoever asks is known, and their role may not do this."""

    status = 403


class NotFound(HomebeatError):
    """There is no such thing."""

    status = 404


class Incomplete(HomebeatError):
    """Something is missing without which it must not be done; the text says what."""

    status = 422


class BadCursor(HomebeatError):
    """A cursor that no list of ours has given."""

    status = 422


class BadFleet(HomebeatError):
    """A fleet file was refused whole. `faults` names each line and field."""

    status = 422

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("the fleet file was refused, nothing was changed:\n" + "\n".join(f"  {f}" for f in self.faults))


class BadSettings(HomebeatError):
    """A setting cannot be used; the text names it, its source and what is wrong."""

    status = 500


class Fenced(HomebeatError):
    """Another watch holds the lease now. This one must end: it has judged what it may not commit."""

    status = 500


class Refused(HomebeatError):
    """The database will not take this, however often it is given; other rows it takes."""

    status = 500


class Unavailable(HomebeatError):
    """The database or the broker is away; what was asked can be asked again."""

    status = 503
