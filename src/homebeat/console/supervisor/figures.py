"""Figures of a report as lines: what it is, how much, against which target, and in a word whether that is met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from homebeat.domain.alert import Outcome
from homebeat.domain.durations import DAY_MS, HOUR_MS, MS
from homebeat.evidence.report import EvidenceReport, GroupFigures, TargetResult
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

#: Of fewer than these, a share says nothing.
ENOUGH: Final = 10
_TARGETS: Final = {
    "taken_60s": (msg("Taken within 60 seconds"), msg("97.5 % within 60 seconds")),
    "taken_180s": (msg("Taken within 180 seconds"), msg("99 % within 180 seconds")),
    "outcome_240min": (msg("Outcome within 240 minutes"), msg("all within 240 minutes")),
    "door_45min": (msg("At the door within 45 minutes"), msg("90 % within 45 minutes")),
}
_SPREADS: Final = {"taken": msg("Until somebody took it"), "outcome": msg("Until its outcome")}
NO_TARGET: Final = msg("no target")
#: As EEMUA 191 and ISA-18.2 want it of one desk, and the mix of priorities that they expect.
_A_TEN: Final = 1.0
_PEAK: Final = 10
_A_DAY: Final = 150
_URGENT_SHARE: Final = 0.05
_TOP_SHARE: Final = 0.05


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One figure.

    Attributes:
        verdict: A word that says how it stands against its target; the look is never all there is.
        look: `good`, `bad`, or empty where nothing is to be said.
    """

    name: str
    value: str
    target: str
    verdict: str
    look: str = ""


class FigureWriter:
    """Writes figures in one language."""

    def __init__(self, words: Wording) -> None:
        self._words = words

    def judge(self, name: str, value: str, target: str, is_met: bool | None) -> FigureLine:  # noqa: FBT001 - a figure like others
        """Make the line of a figure; None: there is not enough to judge by."""
        text = self._words.text
        if is_met is None:
            return FigureLine(name, value, target, text("not enough data"))
        return (
            FigureLine(name, value, target, text("met"), "good")
            if is_met
            else FigureLine(name, value, target, text("missed"), "bad")
        )

    def plain(self, name: str, value: str) -> FigureLine:
        """Make the line of a figure that has no target."""
        return FigureLine(name, value, self._words.text(NO_TARGET), "–")

    def count(self, value: int | None) -> str:
        """Write a count, or that it is too small to be shown."""
        return self._words.text("too few to be shown") if value is None else self._words.number(value, 0)

    def share(self, value: float | None) -> str:
        """Write a share as per cent; a dash where there is none."""
        return "–" if value is None else f"{self._words.number(value * 100, 1)}\u00a0%"

    def list_shift(self, report: EvidenceReport) -> Iterator[FigureLine]:
        """List the figures of a shift."""
        words, total = self._words, report.total
        hours = max(1 / 6, _measure_ms(report) / HOUR_MS)
        rate = None if total.alerts is None else total.alerts / (hours * 6)
        yield self.judge(
            words.text("Alerts"),
            words.text(
                "%(count)s, %(rate)s in 10 minutes",
                count=self.count(total.alerts),
                rate="–" if rate is None else words.number(rate, 2),
            ),
            words.text("at most 1 in 10 minutes"),
            None if rate is None else rate <= _A_TEN,
        )
        yield from self.list_answers(total)
        yield self.judge(
            words.text("Still open"), self.count(total.open), words.text("none left for the next shift"), _is_none(total.open)
        )

    def list_answers(self, total: GroupFigures) -> Iterator[FigureLine]:
        """List how quickly alerts were taken and closed, and how many were false."""
        words = self._words
        for one in total.targets:
            yield self._write_target(one)
        for spread in total.times:
            if spread.milestone in _SPREADS:
                half, most = ("–" if value is None else words.duration(value) for value in (spread.p50_s, spread.p90_s))
                value = words.text("half within %(half)s, nine in ten within %(most)s", half=half, most=most)
                yield self.plain(words.text(_SPREADS[spread.milestone]), value)
        closed = words.text("%(share)s of %(count)s closed", share=self.share(total.false_share), count=self.count(total.closed))
        yield self.plain(words.text("False, or a device was wrong"), closed)

    def list_month(self, report: EvidenceReport, outcomes: Mapping[str, int]) -> Iterator[FigureLine]:
        """List the figures of a month, as ISA-18.2 has them; `outcomes`: how many alerts were closed with each."""
        words, total, load = self._words, report.total, report.load
        many = total.alerts
        yield self.judge(
            words.text("Alerts"),
            words.text(
                "%(count)s, %(rate)s a day",
                count=self.count(many),
                rate="–" if load.per_day is None else words.number(load.per_day),
            ),
            words.text("at most 150 a day for one desk"),
            None if load.per_day is None or _measure_ms(report) < DAY_MS else load.per_day <= _A_DAY,
        )
        yield from self.list_answers(total)
        if outcomes:
            closed, away = sum(outcomes.values()), outcomes.get(Outcome.AWAY, 0)
            share = words.text(
                "%(share)s of %(count)s closed", share=self.share(away / closed if closed else None), count=self.count(closed)
            )
            yield self.plain(words.text("The resident was away"), share)
        yield self.judge(
            words.text("Most within 10 minutes"), self.count(load.peak), words.text("at most 10"), _is_at_most(load.peak, _PEAK)
        )
        flooded = words.text(
            "%(count)s, %(share)s of the time", count=self.count(load.floods), share=self.share(load.flood_share)
        )
        yield self.judge(
            words.text("Floods: 10 or more within 10 minutes in one area"), flooded, words.text("none"), _is_none(load.floods)
        )
        chatters = words.text("Chattering: came back three times or more within an hour")
        yield self.judge(chatters, self.count(load.chattering), words.text("none"), _is_none(load.chattering))
        yield self.judge(
            words.text("Stale: open for longer than 24 hours"), self.count(total.stale), words.text("none"), _is_none(total.stale)
        )
        yield self._write_mix(report)
        if load.top and many:
            top = sum(one.alerts for one in load.top) / many
            enough = many >= 10 * ENOUGH
            name = words.text("Share of the ten sources with most alerts")
            yield self.judge(name, self.share(top), words.text("at most 5 %"), top <= _TOP_SHARE if enough else None)

    def _write_target(self, one: TargetResult) -> FigureLine:
        name, wanted = (self._words.text(text) for text in _TARGETS[one.target])
        value = self._words.text("%(share)s of %(count)s", share=self.share(one.share), count=self.count(one.decided))
        is_enough = one.share is not None and one.decided is not None and one.decided >= ENOUGH
        return self.judge(name, value, wanted, one.is_met if is_enough else None)

    def _write_mix(self, report: EvidenceReport) -> FigureLine:
        words, many = self._words, report.total.alerts
        groups = next(one.groups for one in report.breakdowns if one.by == "priority")
        counts = {one.group: one.alerts for one in groups}
        shares = [
            _divide([counts.get(name, 0) for name in names], many) for names in (("critical", "high"), ("medium",), ("low",))
        ]
        value = " / ".join(self.share(one) for one in shares)
        is_enough = many is not None and many >= 10 * ENOUGH and shares[0] is not None
        name = words.text("Critical and high / medium / low")
        return self.judge(name, value, words.text("5 / 15 / 80 %"), (shares[0] or 0) <= _URGENT_SHARE if is_enough else None)


def _measure_ms(report: EvidenceReport) -> float:
    first, until = (datetime.fromisoformat(text) for text in (report.from_at, report.until_at))
    return (until - first) / MS


def _divide(counts: list[int | None], many: int | None) -> float | None:
    if not many or None in counts:
        return None
    return sum(count for count in counts if count is not None) / many


def _is_none(count: int | None) -> bool | None:
    return None if count is None else count == 0


def _is_at_most(count: int | None, most: int) -> bool | None:
    return None if count is None else count <= most
