"""Shows what a plan would do for a home at this hour: who would be notified, and when."""

from __future__ import annotations

from typing import Final

from homebeat.actions.receivers import load_receivers
from homebeat.domain.alert import Alert, Desk, Edge, Priority, Reason, Subject, TransitionKind, open_alert
from homebeat.domain.response_plan import is_call_for_help
from homebeat.response.preview import PlanPreview, preview_plan
from homebeat.response.receivers import get_place
from homebeat.response.setup import ResponseSetup
from homebeat.store import ReadSession

#: Asked of where nothing else is: the alert that concerns a person most often.
USUAL_RULE: Final = "no_sign_of_life"


def show_plan(reader: ReadSession, subject: Subject, rule: str, now: int, setup: ResponseSetup) -> PlanPreview:
    """Show what would happen to an alert of `rule` about `subject` at `now` (epoch ms), if nobody answered it."""
    receivers = load_receivers(reader, [subject], now)[get_place(subject)]
    return preview_plan(_imagine(subject, rule, now), receivers, setup)


def _imagine(subject: Subject, rule: str, now: int) -> Alert:
    priority = Priority.CRITICAL if is_call_for_help(rule) else Priority.HIGH
    edge = Edge(now, rule, subject, TransitionKind.OPENED, priority, Desk.CARE, now, Reason(rule), now)
    return open_alert(edge)[0]
