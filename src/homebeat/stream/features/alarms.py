"""When each device last raised each alarm, and which alarms were taken back. The order is that of arrival."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from homebeat.codecs.wire import Mark
from homebeat.domain.metric import Metric
from homebeat.stream.batch import I64, NEVER, U8, Batch, Bool
from homebeat.stream.columns import Column, Columns
from homebeat.stream.features.movement import Flags
from homebeat.stream.sparse import SparseColumns

#: Alarm metrics have numbers from here on.
FIRST_ALARM: Final = int(Metric.ALARM_SOS)
#: The alarms that a rule reads, with their line in `Alarms.at`; the line is also the bit number.
LINE_OF: Final = {
    int(metric): line
    for line, metric in enumerate(
        (Metric.ALARM_SOS, Metric.ALARM_FALL, Metric.ALARM_SMOKE, Metric.ALARM_GAS, Metric.ALARM_UNREADABLE, Metric.ALARM_TAMPER)
    )
}
_KINDS: Final = len(LINE_OF)
#: The line of falls.
FALL: Final = LINE_OF[int(Metric.ALARM_FALL)]
#: Reports that take an alarm back.
_WORDS: Final = (int(Metric.ALARM_HELP_CANCELLED), int(Metric.ALARM_OK))
#: The device gave no time, or one that cannot be right: the reading has the time of its arrival.
_NO_TIME: Final = int(Mark.UNTIMED | Mark.CLOCK_CORRECTED)
#: A report that is older than this when it arrives was delayed: by its own time, it may be older than the alarm.
HELD_UP_MS: Final = 300_000


class SeenAlarms(Columns):
    """Which alarms and reports were folded already: the newest 16 times of each kind, for each device that ever sent one.

    The same kind from the same device with the same time was delivered twice. Rows are pairs of device and kind, in the order of
    their first alarm; most devices have none.

    Attributes:
        pair: int64[rows], `device << 8 | metric`, -1 where the row is not used yet.
        count: int64[rows], how many were folded.
        at: int64[16, rows], event times as the devices gave them, epoch ms; the newest overwrites the oldest.
    """

    DEPTH: ClassVar[int] = 16
    pair: I64
    count: I64
    at: I64
    columns: ClassVar[Mapping[str, Column]] = {
        "pair": Column(np.int64, -1),
        "count": Column(np.int64, 0),
        "at": Column(np.int64, NEVER, (DEPTH,)),
    }

    def __init__(self) -> None:
        super().__init__()
        self._row_of: dict[int, int] = {}

    def add(self, device: int, metric: int, at: int) -> bool:
        """Note an alarm (`at`: epoch ms); False if it was folded before."""
        pair = device << 8 | metric
        row = self._row_of.get(pair)
        if row is None:
            row = self._row_of[pair] = len(self._row_of)
            if row >= self.rows:
                self.grow(max(64, 2 * self.rows))
            self.pair[row] = pair
        if (self.at[:, row] == at).any():
            return False
        self.at[int(self.count[row]) % self.DEPTH, row] = at
        self.count[row] += 1
        return True

    def add_untimed(self, device: int, metric: int, at: int) -> int:
        """Note an alarm that has the time of its arrival: it counts as new whenever it is delivered.

        Returns:
            An unused time at or after `at`, epoch ms: the alert is named after it.
        """
        while not self.add(device, metric, at):
            at += 1
        return at

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Load saved arrays.

        Raises:
            ValueError: An array is missing or of another shape or dtype: the checkpoint is of another version.
        """
        super().load(arrays)
        self._row_of = {pair: row for row, pair in enumerate(self.pair.tolist()) if pair >= 0}


class Alarms(SparseColumns):
    """For devices that ever raised one: the newest alarm of each kind, by arrival, and whether a later report took it back.

    Attributes:
        at: int64[alarm kinds, rows], observed_at, epoch ms; index `LINE_OF[metric]`. The device's clock may have been wrong.
        arrived_at: int64[alarm kinds, rows], arrival, epoch ms: a delayed alarm is as urgent as a new one.
        taken_back: uint8[rows], bit `LINE_OF[metric]`: it was taken back.
        untimed: uint8[rows], the same bits: the device gave no time for it, or one that cannot be right.
        tested: uint8[rows], the same bits: the device said that somebody tested it.
        taken_back_at: int64[rows], arrival of the newest report that took something back, epoch ms.
    """

    at: I64
    arrived_at: I64
    taken_back: U8
    untimed: U8
    taken_back_at: I64
    tested: U8
    columns: ClassVar[Mapping[str, Column]] = {
        **SparseColumns.columns,
        "at": Column(np.int64, NEVER, (_KINDS,)),
        "arrived_at": Column(np.int64, NEVER, (_KINDS,)),
        "taken_back": Column(np.uint8, 0),
        "untimed": Column(np.uint8, 0),
        "taken_back_at": Column(np.int64, NEVER),
        "tested": Column(np.uint8, 0),
    }

    def fold(self, alarms: Batch, taken: SeenAlarms, flags: Flags) -> None:
        """Fold alarms and reports in order of arrival; a second delivery changes nothing.

        If they arrive in the same millisecond, as in one message, an alarm counts and the report beside it does not.

        Args:
            alarms: Alarm metrics only, in order of arrival; those that no rule reads are skipped.
            taken: What was folded before.
            flags: Gets each flag of a fall.
        """
        is_word = np.isin(alarms.metric, _WORDS)
        if is_word.any():
            alarms = alarms.take(np.lexsort((is_word, alarms.received_at)))
        columns = (alarms.metric, alarms.device, alarms.observed_at, alarms.received_at, alarms.mark)
        for metric, device, at, arrived, mark in zip(*(column.tolist() for column in columns), strict=True):
            untimed = mark & _NO_TIME != 0
            when = taken.add_untimed(device, metric, at) if untimed else at
            if not untimed and not taken.add(device, metric, at):
                continue
            if metric in _WORDS:
                self._take_back(device, when, arrived)
            elif metric in LINE_OF:
                self._raise(LINE_OF[metric], device, when, arrived, flags, mark)

    def forget(self, metric: Metric, until: int, some: Bool) -> None:
        """Forget the alarms of a kind that arrived until then (epoch ms), on the rows where `some`, bool[rows], is set."""
        line = LINE_OF[metric]
        over = some & (self.arrived_at[line] <= until)
        self.at[line, over] = self.arrived_at[line, over] = NEVER

    def _raise(self, kind: int, device: int, at: int, arrived: int, flags: Flags, mark: int) -> None:
        bit, row = 1 << kind, self.add_row(device)
        if kind == FALL:
            before, before_arrived = int(self.at[kind, row]), int(self.arrived_at[kind, row])
            flags.add(device, at, arrived, before, before_arrived, taken_back=bool(self.taken_back[row] & bit))
        self.at[kind, row], self.arrived_at[kind, row] = at, arrived
        self.taken_back[row] &= ~bit & 0xFF
        for column, said in ((self.untimed, mark & _NO_TIME), (self.tested, mark & Mark.TEST)):
            column[row] = column[row] | bit if said else column[row] & (~bit & 0xFF)

    def _take_back(self, device: int, at: int, arrived: int) -> None:
        """Take back the alarms that arrived before this report, unless it was delayed and by its own time is the older one."""
        row = self.find(device)
        if row is None:
            return
        held_up = arrived - at > HELD_UP_MS
        for kind in range(_KINDS):
            raised_at = int(self.arrived_at[kind, row])
            if raised_at == NEVER or raised_at >= arrived or (held_up and at < int(self.at[kind, row])):
                continue
            self.taken_back[row] |= 1 << kind
            self.taken_back_at[row] = arrived


def is_alarm(batch: Batch) -> Bool:
    """bool[n]: which readings are device alarms."""
    return batch.metric >= FIRST_ALARM
