"""Declared absences, and the proof that somebody is at home in spite of one.

An absence is a plan. People come home early and nobody deletes the entry. It is taken to be over when what is seen in the home
can only be the resident: for longer than a cleaner, a plumber or whoever waters the flowers would be there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import numpy as np

from homebeat.stream.batch import I32, I64, NEVER, Bool
from homebeat.stream.columns import Column, Columns
from homebeat.stream.roster import Roster

_HOUR_MS: Final = 3_600_000
#: Signs in the home with no longer pause between them are of one stay. Whoever lives there makes one every few hours; who comes
#: in the morning and in the evening to feed a cat does not.
PAUSE_MS: Final = 4 * _HOUR_MS
#: A stay of so long is no cleaner's: theirs are two to four hours.
STAY_MS: Final = 6 * _HOUR_MS
#: Without a sign for so long after the absence was to begin, the home was left: nights are shorter.
LEFT_MS: Final = 12 * _HOUR_MS
#: Who was seen before that may only have left late. From so long after the beginning they have not left at all.
LATE_MS: Final = 20 * _HOUR_MS


class Absences(Columns):
    """One row for each declared absence of a resident, in the order of the roster; times epoch ms.

    Attributes:
        resident: int32[absences], row of the resident.
        starts, planned: int64[absences], the span as it was declared; FAR: until further notice.
        seen_from, seen_at: int64[absences], the first and the newest sign in the home of the newest stay; NEVER for none.
        left: bool[absences], the home had been left before that stay.
        over_at: int64[absences], when the resident came home, if that is proven; NEVER if not.
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
        """Take over what the registry declares; of an absence that was known already, what was seen stays known."""
        known = {key: i for i, key in enumerate(zip(self.resident.tolist(), self.starts.tolist(), strict=True))}
        keys = zip(roster.away_resident.tolist(), roster.away_from.tolist(), strict=True)
        place = np.array([known.get(key, -1) for key in keys], np.int64)
        old = {name: array for name, array in self.arrays().items() if name not in {"resident", "starts", "planned"}}
        fresh = {name: np.full(len(place), column.fill, column.dtype) for name, column in self.columns.items()}
        stays = place >= 0
        for name, array in old.items():
            fresh[name][stays] = array[place[stays]]
        fresh |= {"resident": roster.away_resident, "starts": roster.away_from, "planned": roster.away_until}
        self.load(fresh)

    @property
    def ends(self) -> I64:
        """int64[absences]: when each ends, or ended: as planned, or when the resident came home."""
        return np.where(self.over_at > NEVER, np.minimum(self.planned, self.over_at), self.planned)

    @property
    def is_early(self) -> Bool:
        """bool[absences]: over before its planned end."""
        early: Bool = self.over_at > NEVER
        return early

    @property
    def has_ended(self) -> bool:
        """Whether somebody was found to be at home since `take_ended` was last called."""
        return bool(self._ended)

    def see(self, residents: I32, at: I64, sure: Bool) -> None:
        """Take in signs in the home, in any order within a fold.

        Args:
            residents: Rows, those of one sign that speaks of several among them.
            at: When, epoch ms.
            sure: bool[n], nobody but this resident can have made it.
        """
        # mostly nobody of those who were seen is declared to be away
        some = np.isin(residents, self.resident[self.over_at == NEVER])
        residents, at, sure = residents[some], at[some], sure[some]
        signs = sorted(zip(at.tolist(), residents.tolist(), sure.tolist(), strict=True))
        for when, who, own in signs:
            here = (self.resident == who) & (self.starts <= when) & (when < self.planned) & (self.over_at == NEVER)
            for row in np.flatnonzero(here).tolist():
                self._see(row, when, own=own)

    def _see(self, row: int, at: int, *, own: bool) -> None:
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

    def take_ended(self) -> I32:
        """Rows of the residents who were found to be at home since the last call."""
        ended, self._ended = self._ended, []
        return np.array(ended, np.int32)
