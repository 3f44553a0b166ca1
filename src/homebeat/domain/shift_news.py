"""What is said to somebody whose shifts have changed: which are new for them, and which are theirs no longer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from homebeat.domain.ids import ResponderId
from homebeat.domain.instants import format_instant
from homebeat.domain.rota import Shift

#: The event of such a message.
SHIFTS_CHANGED: Final = "shifts.changed"
#: One message lists so many shifts; of the others it says how many there are.
MOST_LISTED: Final = 20
#: Begin and end, epoch ms.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ShiftNews:
    """What has changed for one person.

    Attributes:
        gained: In order.
        lost: In order.
    """

    gained: tuple[Span, ...] = ()
    lost: tuple[Span, ...] = ()

    def make_payload(self, timezone: str) -> dict[str, str | int]:
        """Make what a message carries: intervals as in ISO 8601, apart by blanks; those that begin first, up to a bound."""
        gained = self.gained[:MOST_LISTED]
        lost = self.lost[: MOST_LISTED - len(gained)]
        more = len(self.gained) + len(self.lost) - len(gained) - len(lost)
        payload: dict[str, str | int] = {"gained": _write_spans(gained), "lost": _write_spans(lost), "timezone": timezone}
        return payload | ({"more": more} if more else {})


def find_shift_news(before: Iterable[Shift], after: Iterable[Shift], now: int) -> dict[ResponderId, ShiftNews]:
    """Find what has changed for whom, from `now` on (epoch ms).

    What was not known before of a rota is no change: shifts are written some weeks ahead, and the table grows by itself.
    """
    old, new = _sort(before, now), _sort(after, now)
    known_until: dict[str, int] = {}
    for rota, _who, (_begin, end) in old:
        known_until[rota] = max(known_until.get(rota, 0), end)
    gained = _group(one for one in new - old if one[2][0] < known_until.get(one[0], one[2][1]))
    lost = _group(old - new)
    return {who: ShiftNews(gained.get(who, ()), lost.get(who, ())) for who in sorted({*gained, *lost})}


def read_spans(payload: Mapping[str, str | int], name: str) -> list[Span]:
    """Read the intervals of a message again; those that are none are left out."""
    spans: list[Span] = []
    for text in str(payload.get(name, "")).split():
        begin, _, end = text.partition("/")
        try:
            spans.append((_read_instant(begin), _read_instant(end)))
        except ValueError:
            continue
    return spans


def _sort(shifts: Iterable[Shift], now: int) -> set[tuple[str, ResponderId, Span]]:
    return {
        (str(one.rota), one.who, (max(one.starts_at, now), one.ends_at))
        for one in shifts
        if one.who is not None and one.ends_at > now
    }


def _group(changed: Iterable[tuple[str, ResponderId, Span]]) -> dict[ResponderId, tuple[Span, ...]]:
    found: dict[ResponderId, set[Span]] = {}
    for _rota, who, span in changed:
        found.setdefault(who, set()).add(span)
    return {who: tuple(sorted(spans)) for who, spans in found.items()}


def _write_spans(spans: Collection[Span]) -> str:
    return " ".join(f"{format_instant(begin)}/{format_instant(end)}" for begin, end in spans)


def _read_instant(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
