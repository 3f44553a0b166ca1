"""The channels of the simulation: they deliver, fail, lie, stall, and say that it can never be."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from homebeat.deliver.ports import Receipt
from homebeat.store import Leased
from tests.simulation.violation import Violation

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.world import World


class Mood(StrEnum):
    """How a receiver is."""

    WELL = "well"
    FAILS = "fails"
    LIES = "lies"  # says yes, and nobody ever sees the message
    STALLS = "stalls"  # answers, but only after a while: longer than a lease, sometimes
    FORGETS = "forgets"  # the message arrives, and the answer is lost
    GONE = "gone"


#: Seconds that a receiver who stalls takes; a lease lasts 45.
_STALLS_S: Final = (3, 100)


class Channels:
    """All receivers; implements `Sender`.

    Attributes:
        moods: By host; who is not named is well.
        is_slow: Nobody answers soon: the line of the whole street is slow.
        stopped: Contacts who want no messages any more.
        on_message: Called for each message that somebody gets.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.moods: dict[str, Mood] = {}
        self.is_slow = False
        self.stopped: set[str] = set()
        self.on_message: Callable[[Leased], None] = lambda _notice: None
        self._claimed_after_stop: set[tuple[str, int]] = set()

    def note_claim(self, notice: Leased) -> None:
        """A notice has been claimed: whoever had said stop before must not get it."""
        if notice.contact in self.stopped:
            self._claimed_after_stop.add((notice.id, notice.lease_until))

    def send(self, notice: Leased, now: int) -> Receipt:
        host = urlsplit((notice.channel_params or {}).get("url", "")).hostname or ""
        mood = self.moods.get(host, Mood.STALLS if self.is_slow else Mood.WELL)
        self._world.say(f"send {notice.id} to {notice.contact} {notice.event}: {mood}")
        if (notice.id, notice.lease_until) in self._claimed_after_stop:
            raise Violation(f"{notice.contact} wants no messages, and got {notice.event} of {notice.alert_id}")
        self._world.invariants.note_sent(notice)
        if mood in {Mood.FAILS, Mood.GONE, Mood.FORGETS}:
            self._world.invariants.waits.note_failed(notice, is_final=mood is Mood.GONE)
        match mood:
            case Mood.FAILS:
                return Receipt(ok=False, status=503, error="busy")
            case Mood.GONE:
                return Receipt(ok=False, status=410, error="gone", is_final=True)
            case Mood.LIES:
                return Receipt(ok=True, status=200)
            case Mood.STALLS:
                self._world.stall(self._world.chance.randint(*_STALLS_S) * 1_000)
        self._world.invariants.note_arrived(notice)
        self.on_message(notice)
        return Receipt(ok=False, error="no answer") if mood is Mood.FORGETS else Receipt(ok=True, status=200)

    def close(self) -> None:
        """Nothing is open."""
