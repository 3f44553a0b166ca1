"""Over which of a person's channels a message goes first, and when the next one begins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from homebeat.domain.alert import Alert, Priority
from homebeat.domain.durations import MS
from homebeat.domain.ids import ContactId
from homebeat.domain.notice import STOPPED, Recipient
from homebeat.domain.response_plan import is_call_for_help


@dataclass(frozen=True, slots=True)
class ChannelTurn:
    """One channel of a person, as a message goes over it.

    Attributes:
        place: Which of the person's channels, from 0; None where the message goes over all of them at once.
        after_ms: So long after the first one it begins, where no channel before it has brought the message.
    """

    way: Recipient
    place: int | None = None
    after_ms: int = 0


def goes_over_all(alert: Alert) -> bool:
    """Whether a message about an alert goes over all channels of a person at once: what is critical, and every call for help."""
    return alert.priority is Priority.CRITICAL or is_call_for_help(alert.rule)


def order_channels(ways: Iterable[Recipient], wait: timedelta, *, at_once: bool) -> Sequence[ChannelTurn]:
    """Give each channel its turn: those of one person one after the other, unless all of them are to be used at once.

    Args:
        ways: The channels, in the order of the fleet file; a person may be among them twice.
        wait: How long one channel has to bring the message before the next one begins.
        at_once: Whether nobody waits for any of them.
    """
    wanted = dict.fromkeys(way for way in ways if way[1] != STOPPED)
    theirs: dict[ContactId, list[Recipient]] = {}
    for way in wanted:
        theirs.setdefault(way[0], []).append(way)
    turns: list[ChannelTurn] = []
    for way in wanted:
        place = theirs[way[0]].index(way)
        is_alone = at_once or len(theirs[way[0]]) == 1
        turns.append(ChannelTurn(way) if is_alone else ChannelTurn(way, place, place * (wait // MS)))
    return turns
