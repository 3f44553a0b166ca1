"""The tree of errors that homebeat raises on purpose; each says what to do about it.

HomebeatError
├── NotAllowed      a step that the state machine forbids (409)
│   ├── StaleVersion  it has moved on since it was looked at
│   └── NotTaken      nobody has taken it, and somebody must have before this
├── NotPermitted    a role that may not do this (403)
├── NotFound        no such thing, or not yours to see (404)
├── Incomplete      something is missing without which it must not be done (422)
├── BadCursor       a list cannot go on from there (422)
├── BadFleet        a fleet or rota file that was refused whole, with every fault in it
├── BadHome         one home that was refused whole, with every fault in it (422)
├── BadSettings     a setting that cannot be used
├── Fenced          another watch has taken over: nothing of ours may be committed any more
├── Refused         something that the database will not take, however often it is given
├── Busy            more at once than this process does; try again in some seconds (503)
├── NotSignedIn     a sign-in through an identity provider that came to nothing (401)
├── IdentityProviderAway  the identity provider does not answer as it should (503)
└── Unavailable     a part we depend on is away; try again
"""

from __future__ import annotations

from collections.abc import Sequence


class HomebeatError(Exception):
    """The root; `str(error)` is fit to be shown to an operator."""

    status = 500


class NotAllowed(HomebeatError):
    """The alert, token or limit has changed since it was read; reload and try again."""

    status = 409


class StaleVersion(NotAllowed):
    """What was to be changed has a newer version than the one that was seen; look again, then decide."""


class PlanInUse(NotAllowed):
    """Homes name this response plan; give them another first.

    Attributes:
        homes: How many of them.
    """

    def __init__(self, homes: int) -> None:
        self.homes = homes
        super().__init__(f"{homes} homes name this plan: give them another first")


class NotTaken(NotAllowed):
    """Nobody has taken the alert; take it first, so that it is on record who answers for it."""


class NotPermitted(HomebeatError):
    """The caller is known, but their role may not do this."""

    status = 403


class NotFound(HomebeatError):
    """Nothing has this id, or the caller may not see it."""

    status = 404


class Incomplete(HomebeatError):
    """Something is missing that the action requires; the text says what."""

    status = 422


class BadCursor(HomebeatError):
    """A cursor that no list of homebeat has given."""

    status = 422


class BadFleet(HomebeatError):
    """A fleet or rota file was refused whole. `faults` names each line and field."""

    status = 422

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("the file was refused, nothing was changed:\n" + "\n".join(f"  {f}" for f in self.faults))


class BadHome(HomebeatError):
    """One home was refused whole. `faults` has the place of each fault in the home, as `contacts[0].phone`, and what it is."""

    status = 422

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        self.faults = tuple(faults)
        super().__init__("nothing was changed: " + "; ".join(f"{place}: {text}" for place, text in self.faults[:20]))


class BadMap(HomebeatError):
    """A map of fields was refused whole. `faults` has the place of each fault in it, as `fields[0].when`, and what it is."""

    status = 422

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        self.faults = tuple(faults)
        super().__init__("nothing was changed: " + "; ".join(f"{place} {text}" for place, text in self.faults[:20]))


class BadRota(BadHome):
    """One rota was refused whole, as a home is."""


class BadSettings(HomebeatError):
    """A setting cannot be used; the text names it, its source and the fault."""

    status = 500


class Fenced(HomebeatError):
    """Another watch holds the lease now. This watch must end: it may not commit what it judged."""

    status = 500


class Refused(HomebeatError):
    """The database does not take these rows, however often they are given. It takes others."""

    status = 500


class Busy(HomebeatError):
    """This process does as much of it as it may, and enough are waiting; try again in some seconds."""

    status = 503


class NotSignedIn(HomebeatError):
    """Somebody came back from the identity provider, and cannot be signed in. `code` says why, for a sentence to people."""

    status = 401

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        super().__init__(text)


class IdentityProviderAway(HomebeatError):
    """The identity provider cannot be used now; sign in with an account of homebeat. The text is for who runs homebeat."""

    status = 503


class Unavailable(HomebeatError):
    """The database or the broker is away; try the same again."""

    status = 503
