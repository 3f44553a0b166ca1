"""Shows what a plan would do for a home at this hour: who would be notified, and when."""

from __future__ import annotations

from homebeat.actions.receivers import load_receivers
from homebeat.domain.alert import Alert, Edge, Reason, Subject, TransitionKind, open_alert
from homebeat.response.preview import PlanPreview, preview_plan, put_off_quiet
from homebeat.response.receivers import get_place
from homebeat.response.setup import ResponseSetup
from homebeat.rules.catalogue import RULES
from homebeat.store import ReadSession


def show_plan(reader: ReadSession, subject: Subject, rule: str, now: int, setup: ResponseSetup) -> PlanPreview:
    """Show what would happen to an alert of `rule` about `subject` at `now` (epoch ms), if nobody answered it.

    It is the alert as it usually opens: one that turns out to be more urgent, as a fall that is confirmed, begins its plan again.
    """
    receivers = load_receivers(reader, [subject], now, setup.book)[get_place(subject)]
    alert = _imagine(subject, rule, now)
    found = preview_plan(alert, receivers, setup)
    hours = reader.outbox.find_quiet_hours({who for step in found.steps for who, *_ in step.taken.ways})
    places = reader.fleet.find_places([] if subject.household is None else [subject.household]).values()
    return put_off_quiet(found, alert, hours, next((place.timezone for place in places), "UTC"))


def _imagine(subject: Subject, rule: str, now: int) -> Alert:
    known = RULES[rule]
    reason, opened = Reason(rule), TransitionKind.OPENED
    return open_alert(Edge(now, rule, subject, opened, known.priority, known.desk, now, reason, now, known.digest))[0]
