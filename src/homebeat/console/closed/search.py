"""What somebody looks for among the closed alerts, as the address of the page carries it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from homebeat.domain.alert import WAITING, Outcome
from homebeat.domain.errors import Incomplete
from homebeat.domain.ids import AreaId
from homebeat.store import AlertFilter, AlertOrder


@dataclass(frozen=True, slots=True)
class ClosedSearch:
    """Each field is a filter; an empty one leaves it open.

    Attributes:
        area: The id of an area: it and all below it.
        rule: The code of a rule.
        outcome: What they were closed with.
        day: On which day, as the form sends it: ``2026-03-01``.
        mine: `yes` for what the reader has closed.
    """

    area: str = ""
    rule: str = ""
    outcome: str = ""
    day: str = ""
    mine: str = ""

    def make_filter(self, actor: str, zone: str) -> AlertFilter:
        """Make the filter of the store; days are those of `zone`, `actor` is who looks.

        Raises:
            Incomplete: The day cannot be read.
        """
        since = until = None
        if self.day:
            try:
                day = date.fromisoformat(self.day)
                since, until = (_find_start(one, zone) for one in (day, day + timedelta(days=1)))
            except (ValueError, OverflowError):
                raise Incomplete("this day cannot be read") from None
        return AlertFilter(
            queues=WAITING,
            area=AreaId(self.area) if self.area else None,
            rule=self.rule or None,
            outcome=Outcome(self.outcome) if self.outcome in set(Outcome) else None,
            since=since,
            until=until,
            resolved_by=actor if self.mine else None,
            order=AlertOrder.CLOSED,
        )

    def write_query(self, cursor: str | None) -> str:
        """Write the query of the address that looks for the same, from `cursor` on."""
        fields = {name: getattr(self, name) for name in ("area", "rule", "outcome", "day", "mine")}
        return urlencode({name: value for name, value in {**fields, "cursor": cursor or ""}.items() if value})


def _find_start(day: date, zone: str) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp() * 1000)
