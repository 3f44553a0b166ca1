"""Steps: what a band's running count shows to have been walked, and what it cannot.

A count that falls or leaps is in doubt until the next one decides, as a water total is. If the next one goes on from the count
before, the one in doubt was misread and nobody walked. If it goes on from the one in doubt, the counter began anew. A leap is no
sign of life until then. A count that began anew was walked since, and is one at once: bands begin anew each midnight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from homebeat.stream.batch import F64, I64, NEVER, Bool
from homebeat.stream.columns import Column, Columns
from homebeat.stream.previous import Rows, with_previous
from homebeat.stream.series import Series

#: Nobody steps faster for long: 130 steps a minute are vigorous walking (Tudor-Locke 2018), sprinters reach 4 to 5 a second.
MOST_A_SECOND: Final = 4.0
#: Bands write the count of a walk in one go, a little late.
SLACK: Final = 200.0
#: More in one leap was not walked, however long the band had not been heard of: no day has so many.
MOST_IN_ONE: Final = 60_000.0


@dataclass(frozen=True, slots=True)
class Walk:
    """Steps that were certainly walked, one entry per span between two reports.

    Attributes:
        device: intp[n]. at, since: int64[n], epoch ms, the end and the beginning of the span.
        steps: float64[n].
    """

    device: Rows
    at: I64
    since: I64
    steps: F64

    def __len__(self) -> int:
        return len(self.device)

    def take(self, where: slice) -> Walk:
        """Some of them."""
        return Walk(self.device[where], self.at[where], self.since[where], self.steps[where])


class Doubt(NamedTuple):
    """A count that does not fit, until the next one decides.

    Attributes:
        total: What the band said. at: When, epoch ms.
        walked: Steps that were taken to be walked since the counter began anew.
        shown_at: The newest sign of life that the band had shown before that, epoch ms.
    """

    total: float
    at: int
    walked: float
    shown_at: int


class Misread(NamedTuple):
    """Steps that were shown, and nobody walked: what `Doubt` held, as (device, at, since, steps, shown_at)."""

    device: int
    at: int
    since: int
    steps: float
    shown_at: int


_NO_DOUBT: Final = Doubt(np.nan, NEVER, 0.0, NEVER)
_DOUBTED: Final = {"device": np.int32, "total": np.float64, "at": np.int64, "walked": np.float64, "shown_at": np.int64}


class Steps(Columns):
    """The newest believed step count per device.

    Attributes:
        count: float64[devices], NaN before the first. at: int64[devices], epoch ms.
        doubted: By device, the count that is in doubt.
        misread: What the last fold took back.
    """

    count: F64
    at: I64
    columns: ClassVar[Mapping[str, Column]] = {"count": Column(np.float64, np.nan), "at": Column(np.int64, NEVER)}

    def __init__(self, rows: int = 0) -> None:
        super().__init__(rows)
        self.doubted: dict[int, Doubt] = {}
        self.misread: list[Misread] = []

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays by name, those of the few counts in doubt among them."""
        columns = zip(*((device, *self.doubted[device]) for device in sorted(self.doubted)), strict=True)
        lists = list(columns) or [()] * len(_DOUBTED)
        doubted = {f"doubted_{name}": np.array(one, kind) for (name, kind), one in zip(_DOUBTED.items(), lists, strict=True)}
        return super().arrays() | doubted

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take over saved arrays."""
        super().load(arrays)
        rows = zip(*(arrays[f"doubted_{name}"].tolist() for name in _DOUBTED), strict=True)
        self.doubted = {device: Doubt(*doubt) for device, *doubt in rows}

    def turn_back(self, to: int) -> None:
        """What is in doubt from a time that was not yet is dropped."""
        super().turn_back(to)
        self.doubted = {device: doubt for device, doubt in self.doubted.items() if doubt.at <= to}

    def fold(self, series: Series, shown_at: I64) -> Walk:
        """Take in counts.

        Args:
            series: The counts.
            shown_at: int64[devices], the newest sign of life of each device so far, epoch ms.
        """
        self.misread = []
        rows, at, count, before_at, before = self._with_before(series)
        care = ~(_fits(before, before_at, count, at) | np.isnan(before))
        if self.doubted:
            care |= np.isin(rows, list(self.doubted))
        if not care.any():
            self.count[rows], self.at[rows] = count, at
            walked = count > before
            return Walk(rows[walked], at[walked], before_at[walked], (count - before)[walked])
        aside = np.isin(rows, rows[care])
        walks = self._walk(rows[aside], at[aside], count[aside], shown_at)
        rest = np.flatnonzero(~aside)
        rows, at, count, before_at, before = rows[rest], at[rest], count[rest], before_at[rest], before[rest]
        self.count[rows], self.at[rows] = count, at
        walked = count > before
        return Walk(
            np.concatenate([rows[walked], np.array([device for device, _, _, _ in walks], np.intp)]),
            np.concatenate([at[walked], np.array([until for _, until, _, _ in walks], np.int64)]),
            np.concatenate([before_at[walked], np.array([since for _, _, since, _ in walks], np.int64)]),
            np.concatenate([(count - before)[walked], np.array([steps for _, _, _, steps in walks], np.float64)]),
        )

    def walked(self, series: Series) -> Walk:
        """What counts that are not folded yet show beyond doubt."""
        rows, at, count, before_at, before = self._with_before(series)
        sure = (count > before) & _fits(before, before_at, count, at)
        return Walk(rows[sure], at[sure], before_at[sure], (count - before)[sure])

    def moving(self, series: Series) -> tuple[Rows, I64]:
        """(device, time) of counts that are not folded yet and may have been walked, however doubtful they are."""
        rows, at, count, before_at, before = self._with_before(series)
        if self.doubted:
            first = np.flatnonzero(np.isin(rows, list(self.doubted)) & (before_at == self.at[rows]))
            before = before.copy()
            before[first] = [self.doubted[row].total for row in rows[first].tolist()]
        some = (count > before) | ((count < before) & (count > 0))
        return rows[some], at[some]

    def _with_before(self, series: Series) -> tuple[Rows, I64, F64, I64, F64]:
        """(rows, time, count, the row's time and count before that); without what is older than the newest believed one."""
        series = series.where(series.observed_at > self.at[series.device])
        if not series.devices.repeat:
            device = series.device
            return device, series.observed_at, series.value, self.at[device], self.count[device]
        return with_previous(series.device, series.observed_at, series.value, self.at, self.count)

    def _walk(self, rows: Rows, at: I64, count: F64, shown_at: I64) -> list[tuple[int, int, int, float]]:
        """The careful path, one count at a time in order, of the few devices that need it: (device, at, since, steps)."""
        out: list[tuple[int, int, int, float]] = []
        for row, when, steps in zip(rows.tolist(), at.tolist(), count.tolist(), strict=True):
            known, known_at, doubt = float(self.count[row]), int(self.at[row]), self.doubted.get(row, _NO_DOUBT)
            if when <= max(known_at, doubt.at):
                continue
            walks: list[tuple[int, int, int, float]] = []
            if is_plausible(known, known_at, steps, when) and not known <= doubt.total <= steps:
                walks = [(row, when, known_at, steps - known)]
                self._unsay(out, row, known_at, doubt)
            elif doubt.at > NEVER and is_plausible(doubt.total, doubt.at, steps, when):
                leapt = doubt.total - known
                walks = [(row, doubt.at, known_at, leapt if 0 < leapt <= MOST_IN_ONE else 0.0)]
                walks.append((row, when, doubt.at, steps - doubt.total))
            elif known_at > NEVER:
                self._unsay(out, row, known_at, doubt)
                began_anew = steps if steps < known and is_plausible(0.0, known_at, steps, when) else 0.0
                shown = doubt.shown_at if doubt.walked and shown_at[row] == doubt.at else int(shown_at[row])
                self.doubted[row] = Doubt(steps, when, began_anew, max([shown, *_ends(out, row)]))
                out += [(row, when, known_at, began_anew)] if began_anew else []
                continue
            self.doubted.pop(row, None)
            self.count[row], self.at[row] = steps, when
            out += [walk for walk in walks if walk[3] > 0]
        return out

    def _unsay(self, out: list[tuple[int, int, int, float]], row: int, since: int, doubt: Doubt) -> None:
        """Nobody walked what was in doubt: drop it from what this fold shows, or note that an earlier one showed it."""
        if doubt.walked:
            shown = (row, doubt.at, since, doubt.walked)
            if shown in out:
                out.remove(shown)
            else:
                self.misread.append(Misread(*shown, doubt.shown_at))


def _ends(walks: list[tuple[int, int, int, float]], row: int) -> list[int]:
    return [at for device, at, _, _ in walks if device == row]


def is_plausible(before: float, before_at: int, count: float, at: int) -> bool:
    """Whether a person can have walked from one count to the next."""
    return 0 <= count - before <= MOST_A_SECOND * (at - before_at) / 1000 + SLACK


def _fits(before: F64, before_at: I64, count: F64, at: I64) -> Bool:
    """`is_plausible` of arrays; False where nothing is known before."""
    rise = count - before
    fits: Bool = (rise >= 0) & (rise <= (at - np.maximum(before_at, 0)) * (MOST_A_SECOND / 1000) + SLACK)
    return fits
