"""The figures of the supervisor's page that take long, and the report of a month, as a shelf keeps them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from homebeat.console.supervisor.now import BlindHome, BlindHomes
from homebeat.console.supervisor.shelf import Kept, Shelf, Wanted
from homebeat.console.web.context import ConsoleContext
from homebeat.domain.durations import MINUTE_MS, MS
from homebeat.domain.errors import Incomplete
from homebeat.domain.ids import AreaId
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.domain.wall_clock import find_zone
from homebeat.evidence.model_report import ModelReport
from homebeat.evidence.report import EvidenceReport
from homebeat.evidence.spans import find_span
from homebeat.store import LateCount

#: How long each may be shown.
_BLIND_MS: Final = MINUTE_MS // 2
_SHIFT_MS: Final = MINUTE_MS
_MONTH_MS: Final = 10 * MINUTE_MS
_LATE_MS: Final = 10 * MINUTE_MS
#: So long a page waits for figures that are not there.
_WAIT_S: Final = 0.15
#: Blind homes that are listed by name.
_LISTED: Final = 20


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """A report, and how many alerts were closed in its time with each outcome."""

    report: EvidenceReport
    outcomes: Mapping[str, int]


class ReportShelf:
    """Computes figures and keeps them."""

    def __init__(self, context: ConsoleContext) -> None:
        self._context = context
        self._shelf = Shelf(context.clock)

    def find_page(
        self, totals: Scope, alerts: Scope, area: AreaId | None, shift_from: int, month: str
    ) -> tuple[Kept, Kept, Kept]:
        """Find what the page shows: blind homes, the shift until now, and the month until now.

        Args:
            totals: Where the reader sees totals.
            alerts: Where they see alerts and homes.
            area: Named in the report; the scopes are narrowed to it already.
            shift_from: When the shift began, epoch ms.
            month: As `2026-11`.
        """
        blind, shift, whole = self._shelf.find(
            (
                Wanted(("blind", alerts), lambda: self._count_blind(alerts), _BLIND_MS),
                Wanted(("shift", totals, area, shift_from), lambda: self._compute((shift_from, None), totals, area), _SHIFT_MS),
                self._want_month(totals, area, month),
            ),
            _WAIT_S,
        )
        return blind, shift, whole

    def find_month(self, totals: Scope, area: AreaId | None, month: str) -> Kept:
        """Find the figures of one month.

        Raises:
            Incomplete: There is no such month, or it has not begun.
        """
        self._find_span(month, totals, area)
        (found,) = self._shelf.find([self._want_month(totals, area, month)], _WAIT_S)
        return found

    def find_model_report(self, totals: Scope, area: AreaId | None, month: str) -> Kept:
        """Find how the models of devices did in one month.

        Raises:
            Incomplete: There is no such month, or it has not begun.
        """
        span = self._find_span(month, totals, area)
        key = ("models", totals, area, month)
        (found,) = self._shelf.find([Wanted(key, lambda: self._compute_models(span, totals, area), _MONTH_MS)], _WAIT_S)
        return found

    def find_models(
        self, totals: Scope | None, homes: Scope, month: str
    ) -> tuple[EvidenceReport | None, Mapping[str, LateCount]]:
        """Find how models do: the report of the month, where the reader sees totals, and how many readings came late.

        Args:
            totals: Where the reader sees totals; None for nowhere.
            homes: Where they see homes.
            month: As `2026-11`.
        """
        wanted = [Wanted(("late", homes), lambda: self._count_late(homes), _LATE_MS)]
        wanted += [] if totals is None else [self._want_month(totals, None, month)]
        late, *months = self._shelf.find(wanted, _WAIT_S)
        figures: MonthFigures | None = months[0].value if months else None
        return None if figures is None else figures.report, late.value or {}

    def _compute_models(self, span: tuple[int, int], scope: Scope, area: AreaId | None) -> ModelReport:
        now, settings = self._context.clock(), self._context.base.settings
        with self._context.store.read(EVERYTHING) as whole:
            late = (whole.log.find_end(), self._context.late_ms)
        rule, kept_since = settings.procurement.make_rule(), now - settings.retention.alerts // MS
        with self._context.store.read(scope) as reader:
            return reader.model_evidence.compute_report(span, now, rule, late, kept_since, area)

    def _count_late(self, scope: Scope) -> Mapping[str, LateCount]:
        with self._context.store.read(EVERYTHING) as whole:
            end = whole.log.find_end()
        with self._context.store.read(scope) as reader:
            return reader.device_lists.count_late(end, self._context.late_ms)

    def _want_month(self, totals: Scope, area: AreaId | None, month: str) -> Wanted:
        return Wanted(
            ("month", totals, area, month), lambda: self._compute(self._find_span(month, totals, area), totals, area), _MONTH_MS
        )

    def _find_span(self, month: str, totals: Scope, area: AreaId | None) -> tuple[int, int]:
        try:
            first = date.fromisoformat(f"{month}-01")
        except ValueError:
            raise Incomplete(f"{month!r} is not a month such as 2026-11") from None
        with self._context.store.read(totals) as reader:
            zone = reader.evidence.find_timezone(area)
        return find_span(first, None, zone, self._context.clock())

    def _compute(self, span: tuple[int, int | None], scope: Scope, area: AreaId | None) -> MonthFigures:
        now = self._context.clock()
        start, until = span[0], now if span[1] is None else span[1]
        with self._context.store.read(scope) as reader:
            report = reader.evidence.compute_report((start, until), now, area)
            outcomes: Counter[str] = Counter()
            for one in reader.alerts.count_outcomes(start, until, area):
                outcomes[one.outcome] += one.closed
        return MonthFigures(report, outcomes)

    def _count_blind(self, scope: Scope) -> BlindHomes:
        with self._context.store.read(scope) as reader:
            return BlindHomes(
                [BlindHome(*one) for one in reader.homes.list_unknown(_LISTED)],
                reader.homes.count_states()["unknown"],
                reader.homes.count_silent(),
            )


def find_month_name(now: int, zone: str) -> str:
    """Find the month of `now` (epoch ms) on the clock of a zone, as `2026-11`."""
    return f"{datetime.fromtimestamp(now / 1000, find_zone(zone)):%Y-%m}"
