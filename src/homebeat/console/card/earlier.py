"""The alerts of a home before the one on its card, with what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from homebeat.actions.view import View
from homebeat.domain.alert import WAITING, Alert, Answer, Outcome
from homebeat.domain.durations import DAY_MS
from homebeat.domain.ids import HouseholdId
from homebeat.store import AlertFilter, AlertOrder
from homebeat.wording import Wording

_SHOWN: Final = 10
#: So many are looked at to count the false ones.
_COUNTED: Final = 50
_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class EarlierLine:
    """One alert of the home."""

    id: str
    what: str
    clock: str
    says: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Earlier:
    """The newest other alerts of the home, and how many of the last 30 days were false; empty where none was."""

    lines: Sequence[EarlierLine] = ()
    false: str = ""


def list_earlier(view: View, household: HouseholdId | None, shown: Alert, words: Wording, zone: str) -> Earlier:
    """List the other alerts of a home, the newest first."""
    if household is None:
        return Earlier()
    where = AlertFilter(household=household, queues=WAITING, order=AlertOrder.NEWEST)
    found = view.reader.alerts.read_plain_page(where, _COUNTED).items
    since = view.now - _DAYS * DAY_MS
    wrong = sum(one.outcome is Outcome.FALSE and one.opened_at >= since for one in found)
    text = words.text("False alarms here in the last %(days)s days: %(count)s", days=_DAYS, count=wrong) if wrong else ""
    return Earlier([_make_line(one, words, zone) for one in found if one.id != shown.id][:_SHOWN], text)


def _make_line(alert: Alert, words: Wording, zone: str) -> EarlierLine:
    outcome = words.outcome(alert.outcome, alert.desk) if alert.outcome is not None else words.answer(alert.answer)
    is_open = alert.answer is not Answer.RESOLVED
    clock = words.clock(alert.opened_at, zone)
    return EarlierLine(alert.id, words.rule_name(alert.rule), clock, outcome, is_open)
