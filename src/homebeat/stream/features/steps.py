"""Steps: what a band's running count proves to have been walked, and what not.

A count that falls or leaps is in doubt until the next one decides, as a water total is. If the next count continues the one
before, the doubtful one was misread and nobody walked. If it continues the doubtful one, the counter was reset. A leap is no sign
of life until then. After a reset, the count itself was walked and is a sign of life at once: bands reset each midnight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from homebeat.stream.batch import F64, I64, NEVER, Bool
from homebeat.stream.columns import Column, Columns
from homebeat.stream.previous import Rows, pair_with_previous
from homebeat.stream.series import Series

#: Nobody steps faster for long: 130 steps a minute are vigorous walking (Tudor-Locke 2018), sprinters reach 4 to 5 a second.
MOST_A_SECOND: Final = 4.0
#: Bands report the count of a walk in one go, a little late.
SLACK: Final = 200.0
#: A larger leap was not walked, however long the band was not heard: no day has so many steps.
MOST_IN_ONE: Final = 60_000.0


@dataclass(frozen=True, slots=True)
class Walk:
    """Steps that were certainly walked, one entry for each span between two reports.

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
        """A part of the entries."""
        return Walk(self.device[where], self.at[where], self.since[where], self.steps[where])


class Doubt(NamedTuple):
    """A count that does not fit, until the next one decides.

    Attributes:
        total: What the band reported. at: When, epoch ms.
        walked: Steps that already counted as walked since the reset.
        shown_at: The newest sign of life of the band before that, epoch ms.
    """

    total: float
    at: int
    walked: float
    shown_at: int


class Misread(NamedTuple):
    """Steps that counted as walked and were not: the fields of a `Doubt`; times epoch ms."""

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
        misread: What the last fold retracted.
    """

    count: F64
    at: I64
    columns: ClassVar[Mapping[str, Column]] = {"count": Column(np.float64, np.nan), "at": Column(np.int64, NEVER)}

    def __init__(self, rows: int = 0) -> None:
        super().__init__(rows)
        self.doubted: dict[int, Doubt] = {}
        self.misread: list[Misread] = []

    def list_arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays by name, with one for each field of the few counts in doubt."""
        columns = zip(*((device, *self.doubted[device]) for device in sorted(self.doubted)), strict=True)
        lists = list(columns) or [()] * len(_DOUBTED)
        doubted = {f"doubted_{name}": np.array(one, kind) for (name, kind), one in zip(_DOUBTED.items(), lists, strict=True)}
        return super().list_arrays() | doubted

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Load saved arrays."""
        super().load(arrays)
        rows = zip(*(arrays[f"doubted_{name}"].tolist() for name in _DOUBTED), strict=True)
        self.doubted = {device: Doubt(*doubt) for device, *doubt in rows}

    def rewind(self, to: int) -> None:
        """Follow a step of the clock back to `to` (epoch ms): later counts in doubt are dropped."""
        super().rewind(to)
        self.doubted = {device: doubt for device, doubt in self.doubted.items() if doubt.at <= to}

    def fold(self, series: Series, shown_at: I64) -> Walk:
        """Fold counts.

        Args:
            series: The counts.
            shown_at: int64[devices], the newest sign of life of each device so far, epoch ms.
        """
        self.misread = []
        rows, at, count, before_at, before = self._pair_with_previous(series)
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

    def find_walks(self, series: Series) -> Walk:
        """Find what counts that are not folded yet prove to have been walked."""
        rows, at, count, before_at, before = self._pair_with_previous(series)
        sure = (count > before) & _fits(before, before_at, count, at)
        return Walk(rows[sure], at[sure], before_at[sure], (count - before)[sure])

    def find_moving(self, series: Series) -> tuple[Rows, I64]:
        """Find counts that are not folded yet and may have been walked, even if they are doubtful: (device, time)."""
        rows, at, count, before_at, before = self._pair_with_previous(series)
        if self.doubted:
            first = np.flatnonzero(np.isin(rows, list(self.doubted)) & (before_at == self.at[rows]))
            before = before.copy()
            before[first] = [self.doubted[row].total for row in rows[first].tolist()]
        some = (count > before) | ((count < before) & (count > 0))
        return rows[some], at[some]

    def _pair_with_previous(self, series: Series) -> tuple[Rows, I64, F64, I64, F64]:
        """(rows, time, count, time and count before that), without counts older than the newest believed one."""
        series = series.filter(series.observed_at > self.at[series.device])
        if not series.devices.repeat:
            device = series.device
            return device, series.observed_at, series.value, self.at[device], self.count[device]
        return pair_with_previous(series.device, series.observed_at, series.value, self.at, self.count)

    def _walk(self, rows: Rows, at: I64, count: F64, shown_at: I64) -> list[tuple[int, int, int, float]]:
        """The careful path for the few devices that need it, one count at a time in order: (device, at, since, steps)."""
        out: list[tuple[int, int, int, float]] = []
        for row, when, steps in zip(rows.tolist(), at.tolist(), count.tolist(), strict=True):
            known, known_at, doubt = float(self.count[row]), int(self.at[row]), self.doubted.get(row, _NO_DOUBT)
            if when <= max(known_at, doubt.at):
                continue
            walks: list[tuple[int, int, int, float]] = []
            if is_plausible(known, known_at, steps, when) and not known <= doubt.total <= steps:
                walks = [(row, when, known_at, steps - known)]
                self._retract(out, row, known_at, doubt)
            elif doubt.at > NEVER and is_plausible(doubt.total, doubt.at, steps, when):
                leapt = doubt.total - known
                walks = [(row, doubt.at, known_at, leapt if 0 < leapt <= MOST_IN_ONE else 0.0)]
                walks.append((row, when, doubt.at, steps - doubt.total))
            elif known_at > NEVER:
                self._retract(out, row, known_at, doubt)
                since_reset = steps if steps < known and is_plausible(0.0, known_at, steps, when) else 0.0
                shown = doubt.shown_at if doubt.walked and shown_at[row] == doubt.at else int(shown_at[row])
                self.doubted[row] = Doubt(steps, when, since_reset, max([shown, *_list_ends(out, row)]))
                out += [(row, when, known_at, since_reset)] if since_reset else []
                continue
            self.doubted.pop(row, None)
            self.count[row], self.at[row] = steps, when
            out += [walk for walk in walks if walk[3] > 0]
        return out

    def _retract(self, out: list[tuple[int, int, int, float]], row: int, since: int, doubt: Doubt) -> None:
        """Retract what was in doubt: remove it from what this fold shows, or note that an earlier fold showed it."""
        if doubt.walked:
            shown = (row, doubt.at, since, doubt.walked)
            if shown in out:
                out.remove(shown)
            else:
                self.misread.append(Misread(*shown, doubt.shown_at))


def _list_ends(walks: list[tuple[int, int, int, float]], row: int) -> list[int]:
    return [at for device, at, _, _ in walks if device == row]


def is_plausible(before: float, before_at: int, count: float, at: int) -> bool:
    """Whether a person can have walked from one count to the next."""
    return 0 <= count - before <= MOST_A_SECOND * (at - before_at) / 1000 + SLACK


def _fits(before: F64, before_at: I64, count: F64, at: I64) -> Bool:
    """`is_plausible` of arrays; False where nothing is known before."""
    rise = count - before
    fits: Bool = (rise >= 0) & (rise <= (at - np.maximum(before_at, 0)) * (MOST_A_SECOND / 1000) + SLACK)
    return fits
