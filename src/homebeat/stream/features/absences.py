"""Declared absences, and the proof that somebody is at home in spite of one.

An absence is a plan. People come home early and nobody deletes the entry. So homebeat ends an absence when what it sees in the
home can only be the resident: for longer than a cleaner, a plumber or somebody who waters the flowers would be there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import numpy as np

from homebeat.domain.durations import HOUR_MS
from homebeat.stream.batch import I32, I64, NEVER, Bool
from homebeat.stream.columns import Column, Columns
from homebeat.stream.roster import Roster

#: Signs in the home with no longer pause between them are one stay. A resident makes one every few hours. Somebody who comes
#: in the morning and in the evening to feed a cat does not.
PAUSE_MS: Final = 4 * HOUR_MS
#: A stay of so long is no cleaner's: cleaners stay two to four hours.
STAY_MS: Final = 6 * HOUR_MS
#: The home was left if there was no sign for so long after the absence began: nights are shorter.
LEFT_MS: Final = 12 * HOUR_MS
#: Who was seen before that may only have left late. Who is seen so long after the beginning has not left at all.
LATE_MS: Final = 20 * HOUR_MS


class Absences(Columns):
    """One row for each declared absence of a resident, in the order of the roster; times are epoch ms.

    Attributes:
        resident: int32[absences], row of the resident.
        starts, planned: int64[absences], the declared span; `planned` is FAR for an open end.
        seen_from, seen_at: int64[absences], the first and the newest sign in the home of the newest stay; NEVER for none.
        left: bool[absences], the home had been left before that stay.
        over_at: int64[absences], when the resident came home, if that is proven; else NEVER.
    """

    resident: I32
    starts: I64
    planned: I64
    seen_from: I64
    seen_at: I64
    left: Bool
    over_at: I64
    columns: ClassVar[Mapping[str, Column]] = {
        "resident": Column(np.int32, 0),
        "starts": Column(np.int64, 0),
        "planned": Column(np.int64, 0),
        "seen_from": Column(np.int64, NEVER),
        "seen_at": Column(np.int64, NEVER),
        "left": Column(np.bool_, 0),
        "over_at": Column(np.int64, NEVER),
    }

    def __init__(self, rows: int = 0) -> None:
        super().__init__(rows)
        self._ended: list[int] = []

    def declare(self, roster: Roster) -> None:
        """Take in what the registry declares. Signs seen during a known absence stay known."""
        known = {key: i for i, key in enumerate(zip(self.resident.tolist(), self.starts.tolist(), strict=True))}
        keys = zip(roster.away_resident.tolist(), roster.away_from.tolist(), strict=True)
        place = np.array([known.get(key, -1) for key in keys], np.int64)
        old = {name: array for name, array in self.list_arrays().items() if name not in {"resident", "starts", "planned"}}
        fresh = {name: np.full(len(place), column.fill, column.dtype) for name, column in self.columns.items()}
        stays = place >= 0
        for name, array in old.items():
            fresh[name][stays] = array[place[stays]]
        fresh |= {"resident": roster.away_resident, "starts": roster.away_from, "planned": roster.away_until}
        self.load(fresh)

    @property
    def ends(self) -> I64:
        """int64[absences]: when each ends or ended, epoch ms: as planned, or when the resident came home."""
        return np.where(self.over_at > NEVER, np.minimum(self.planned, self.over_at), self.planned)

    @property
    def is_early(self) -> Bool:
        """bool[absences]: it ended before its planned end."""
        early: Bool = self.over_at > NEVER
        return early

    @property
    def has_ended(self) -> bool:
        """Whether somebody was found to be at home since the last `pop_ended`."""
        return bool(self._ended)

    def note_signs(self, residents: I32, at: I64, sure: Bool) -> None:
        """Take in signs in the home, in any order within a fold.

        Args:
            residents: int32[n], rows; a sign that several residents may have made stands here once for each.
            at: int64[n], when, epoch ms.
            sure: bool[n], nobody but this resident can have made it.
        """
        # mostly nobody who was seen is declared to be away
        some = np.isin(residents, self.resident[self.over_at == NEVER])
        residents, at, sure = residents[some], at[some], sure[some]
        signs = sorted(zip(at.tolist(), residents.tolist(), sure.tolist(), strict=True))
        for when, who, own in signs:
            here = (self.resident == who) & (self.starts <= when) & (when < self.planned) & (self.over_at == NEVER)
            for row in np.flatnonzero(here).tolist():
                self._note_sign(row, when, own=own)

    def _note_sign(self, row: int, at: int, *, own: bool) -> None:
        before = int(self.seen_at[row])
        if at < before:
            return
        if before == NEVER or at - before > PAUSE_MS:
            self.left[row] = at - max(before, int(self.starts[row])) >= LEFT_MS
            self.seen_from[row] = at
        self.seen_at[row] = at
        stayed = at - int(self.seen_from[row]) >= STAY_MS
        was_there = bool(self.left[row]) or int(self.seen_from[row]) - int(self.starts[row]) >= LATE_MS
        if was_there and (own or stayed):
            self.over_at[row] = self.seen_from[row]
            self._ended.append(int(self.resident[row]))

    def pop_ended(self) -> I32:
        """Return the rows of residents who were found to be at home since the last call, int32[n], and forget them."""
        ended, self._ended = self._ended, []
        return np.array(ended, np.int32)
