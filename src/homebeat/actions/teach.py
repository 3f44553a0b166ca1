"""What closing an alert teaches: the quiet that it was about may say nothing about this person's habits."""

from __future__ import annotations

from typing import Final

from homebeat.domain.alert import Alert, Condition, Outcome
from homebeat.store import UnitOfWork

#: Rules whose alert says that somebody was quiet for too long.
QUIET_RULES: Final = frozenset({"no_sign_of_life", "no_water", "asked"})
#: What is not said to be well is not learned from. Safe and well is missing on purpose: that quiet was this person's own, and it
#: counts against the budget of false alarms.
_TEACHING: Final = frozenset(Outcome) - {Outcome.FINE, Outcome.WITHDRAWN}


def teaches(alert: Alert) -> bool:
    """Whether the quiet that a closed alert is about must not be learned from."""
    return alert.rule in QUIET_RULES and alert.outcome in _TEACHING


def enter_stay(tx: UnitOfWork, alert: Alert, until: int, now: int) -> None:
    """Enter that nobody will be at home until then (epoch ms): at somebody's, or in hospital. Being home again ends it."""
    if alert.subject.household is not None:
        tx.spans.enter_known_absence(alert.id, alert.subject.household, (now, until), now)


def teach(tx: UnitOfWork, alert: Alert, outcome: Outcome, now: int) -> bool:
    """Do not learn from the quiet that `alert` is about. An absence that was found also enters the home's calendar.

    The quiet began at the alert's `since`. It ended with the first sign of life after it, at the latest `now` (epoch ms). An
    alert about a whole home concerns everybody who lives there.

    Returns:
        Whether something was written: then the watch reads the registry again.
    """
    ended_at = tx.spans.find_quiet_end(alert.id) if alert.condition is Condition.CLEARED else None
    span = alert.since, now if ended_at is None else min(now, ended_at)
    residents = tx.spans.find_residents(alert.subject) if span[0] < span[1] else []
    if not residents:
        return False
    if outcome is Outcome.AWAY and alert.subject.household is not None:
        tx.spans.enter_absence(alert.id, alert.subject.household, span, now)
    return tx.spans.disregard(alert.id, residents, span, outcome, now)
