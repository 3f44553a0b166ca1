"""What the window before has read, for the next one: of some hundred rows a change concerns a few, and only those are read again.

An alert that was read is used again while its version is the same, nothing of the registry has changed, and it was read less than
a minute ago. Nothing else decides what is shown of it: that its home has an open alert is so as long as it stands in the list
itself; what somebody sees alone (`When.OWN`, `When.GLASS`) is never recalled; and no consent covers a field of a row. A row is
used again where all that it is made of is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from homebeat.actions.view import View
from homebeat.console.desk.row import Row
from homebeat.domain.durations import DAY_MS, MINUTE_MS
from homebeat.domain.ids import AlertId
from homebeat.store import AlertEntry, AlertFilter, ReadSession

#: After so long everything is read again.
_LASTS_MS: Final = MINUTE_MS


@dataclass(slots=True)
class Recall:
    """What was read for one window; for one reader at a time.

    Attributes:
        upto: Changes up to this one are in it.
        whole_at: When everything was read, epoch ms.
    """

    upto: int = 0
    whole_at: int = 0
    _entries: dict[AlertId, AlertEntry] = field(default_factory=dict)
    _rows: dict[AlertId, tuple[object, Row]] = field(default_factory=dict)
    _used: set[AlertId] = field(default_factory=set)

    def begin(self, reader: ReadSession, newest: int, now: int) -> None:
        """Forget everything where the registry has changed, or a minute has passed.

        Args:
            reader: That of the window.
            newest: The newest change, found before the reader began.
            now: Epoch ms.
        """
        self._used = set()
        if not 0 <= now - self.whole_at < _LASTS_MS or reader.changes.has_of_all(self.upto):
            self._entries, self._rows, self.whole_at = {}, {}, now
        self.upto = newest

    def read_alerts(self, view: View, where: AlertFilter, most: int) -> list[AlertEntry]:
        """Read the first page of alerts that wait, as `View.read_alerts`; those that are known are not read again."""
        heads = view.reader.alerts.list_heads(where, most)
        unknown = [alert_id for alert_id, version in heads if not self._has(alert_id, version)]
        self._entries |= {entry.alert.id: entry for entry in view.show_alerts(view.reader.alerts.find_entries(unknown))}
        self._used.update(alert_id for alert_id, _ in heads)
        return [self._entries[alert_id] for alert_id, _ in heads]

    def _has(self, alert_id: AlertId, version: int) -> bool:
        kept = self._entries.get(alert_id)
        return kept is not None and kept.alert.version == version

    def make_row(self, alert_id: AlertId, now: int, made_of: object, make: Callable[[], Row]) -> Row:
        """Make a row, or use the one that was made of the same on the same day: an age is written in it."""
        made_of = (now // DAY_MS, made_of)
        kept = self._rows.get(alert_id)
        if kept is None or kept[0] != made_of:
            kept = self._rows[alert_id] = made_of, make()
        return kept[1]

    def end(self) -> None:
        """Forget what the window does not show any more."""
        for alert_id in self._entries.keys() - self._used:
            del self._entries[alert_id]
        for alert_id in self._rows.keys() - self._used:
            del self._rows[alert_id]
