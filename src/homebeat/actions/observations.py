"""Reads what devices measure in the order in which it was stored, as systems of health and of civil affairs follow it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from homebeat.actions.view import View
from homebeat.domain.ids import DeviceId
from homebeat.domain.metric import Metric
from homebeat.domain.role import find_metric_field
from homebeat.store import DeviceEntry, ReadingEntry

#: What the audit says that somebody has looked at: one row for a page, as of a list.
ABOUT: Final = "observations"
#: Positions of the log that one page looks at: most of them may be of homes that whoever asks does not see.
_SPAN: Final = 50_000


@dataclass(frozen=True, slots=True)
class Observations:
    """A page.

    Attributes:
        items: Each reading with its device.
        last: The position up to which everything was seen. A page without items may have one that is further on.
    """

    items: Sequence[tuple[DeviceEntry, ReadingEntry]]
    last: int


def read_observations(view: View, after: int, until: int, limit: int) -> Observations:
    """Read readings after a position of the log, up to `until`: of the homes in the scope, and what the role shows of them."""
    upto = min(until, after + _SPAN)
    found = view.reader.readings.read_after(after, upto, limit)
    entries = {one.device: view.find_device(DeviceId(one.device), with_latest=False) for one in found}
    shown: set[int] = set()
    for name, entry in entries.items():
        if entry is not None:
            shown |= {one.position for one in view.keep_shown(entry, [one for one in found if one.device == name])}
    items = [(entry, one) for one in found if one.position in shown and (entry := entries[one.device]) is not None]
    view.note(ABOUT, {field for _, one in items if (field := find_metric_field(Metric(one.metric))) is not None})
    return Observations(items, found[-1].position if len(found) == limit else upto)
