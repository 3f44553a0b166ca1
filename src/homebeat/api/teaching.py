"""Which closings teach: what was found decides whether the quiet says anything about a person's habits."""

from __future__ import annotations

from typing import Final

from homebeat.domain.alert import Alert, Outcome

#: Rules whose alert says that somebody was quiet for too long.
QUIET_RULES: Final = frozenset({"no_sign_of_life", "no_water", "asked"})
#: Safe and well is missing on purpose: that quiet was this person's own, and it counts against the budget of false alarms.
_TEACHING: Final = frozenset({Outcome.AWAY, Outcome.DEVICE, Outcome.HELPED, Outcome.HOSPITAL, Outcome.FALSE})


def teaches(alert: Alert) -> bool:
    """Whether the quiet that a closed alert is about must not be learned from."""
    return alert.rule in QUIET_RULES and alert.outcome in _TEACHING
