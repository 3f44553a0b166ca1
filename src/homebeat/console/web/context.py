"""What the console is given, and the two things it asks of the API beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from starlette.responses import StreamingResponse

from homebeat.console.web.session import Sessions
from homebeat.console.web.tries import SignInTries
from homebeat.domain.alert import Alert, Outcome
from homebeat.domain.ids import AlertId, ResidentId
from homebeat.store import Store


class Feed(Protocol):
    """Wakes live pages when something changed."""

    @property
    def is_closed(self) -> bool:
        """Whether every stream must end."""
        ...

    async def last(self) -> int:
        """The id of the newest change."""
        ...

    async def wait(self, after: int, timeout_s: float) -> int:
        """Wait for a change above `after`, at most so long; returns the newest id."""
        ...


class Places(Protocol):
    """Gives live pages their places."""

    def stream(self, token_hash: str, events: AsyncIterator[str]) -> StreamingResponse | None:
        """The answer that streams these events; None when all places, or those of this token, are taken."""
        ...


class Actions(Protocol):
    """What people do to an alert or for a resident; raises NotFound, or NotAllowed when it moved on or somebody else has it."""

    def acknowledge(self, alert_id: AlertId, actor: str, *, version: int | None = None, note: str = "") -> Alert:
        """Take it."""
        ...

    def resolve(self, alert_id: AlertId, actor: str, outcome: Outcome, *, version: int | None = None, note: str = "") -> Alert:
        """Close it with what was found."""
        ...

    def release(self, alert_id: AlertId, actor: str, *, version: int | None = None, note: str = "") -> Alert:
        """Give it back to the queue."""
        ...

    def reopen(self, alert_id: AlertId, actor: str, *, version: int | None = None, note: str = "") -> Alert:
        """Take back that one closed it a moment ago."""
        ...

    def choose(self, resident: ResidentId, budget: float | None, actor: str, *, version: int | None = None) -> bool:
        """Accept so many false alarms a month for a resident; None leaves it to the settings."""
        ...

    def note(self, alert_id: AlertId, actor: str, note: str, *, version: int | None = None) -> Alert:
        """Add a remark."""
        ...


@dataclass(frozen=True, slots=True)
class ConsoleContext:
    """What the console is given.

    Attributes:
        clock: Epoch ms UTC.
        is_secure: Whether the console is reached over https: then its cookies never travel without.
        blind_after: How old the watch's heartbeat may be before every page says that it is blind.
        outbox_late: How long a notice may be due before every page says so.
        tries: Wrong tries to sign in.
        places: For live pages; a page that gets none is answered with 503 and asks again.
        tick_s: How often a live page is told that all is well; it goes red after 12 s without.
        flush_s: Changes closer together than this reach the page together.
    """

    store: Store
    clock: Callable[[], int]
    feed: Feed
    actions: Actions
    sessions: Sessions
    places: Places
    tries: SignInTries
    is_secure: bool = False
    blind_after: timedelta = timedelta(seconds=30)
    outbox_late: timedelta = timedelta(seconds=60)
    tick_s: float = 5.0
    flush_s: float = 0.25
