"""Finds whether the page can be relied on. If it cannot, the banner says so in words."""

from __future__ import annotations

from dataclasses import dataclass

from homebeat.console.web.context import ConsoleContext
from homebeat.domain.errors import Unavailable
from homebeat.domain.scope import Scope
from homebeat.wording import Wording


@dataclass(frozen=True, slots=True)
class Sight:
    """What the banner says; empty texts when all is well.

    Attributes:
        blind: The queue may miss something.
        late: Contacts may not have been told.
        noted: Messages wait in quarantine over which homebeat failed.
    """

    blind: str = ""
    late: str = ""
    noted: str = ""
    watch_age_s: float | None = None
    outbox_age_s: float | None = None

    @property
    def banner(self) -> str:
        """The one sentence that matters most; empty when all is well."""
        return self.blind or self.late or self.noted


def check_sight(context: ConsoleContext, words: Wording, scope: Scope) -> Sight:
    """Check the watch, and the outbox as far as the scope reaches. It never raises: a database that is away is a result too."""
    now = context.clock()
    try:
        with context.store.read(scope) as reader:
            beat = reader.heartbeats.read_all().get("watch")
            due = reader.outbox.read_health().oldest_due_at
            defects, first_at = reader.quarantine.count_defects()
            step = reader.clock.find_reportable(now)
    except Unavailable:
        return Sight(blind=words.text("homebeat cannot read its data just now: what you see may be old."))
    late_s = 0.0 if due is None else max(0.0, (now - due) / 1000)
    late = late_s > context.outbox_late.total_seconds()
    waiting = (
        words.text(
            "Messages to contacts have been waiting for %(duration)s. Please call them instead.", duration=words.duration(late_s)
        )
        if late
        else ""
    )
    age_s = None if beat is None else beat.compute_age_s(now)
    fault = str(beat.detail.get("wrong") or "") if beat else ""
    if beat is not None and age_s is None:
        blind = words.text("The clock was wrong or is wrong now: whether monitoring works is not known.")
    elif age_s is None:
        blind = words.text("Monitoring has not started: no alert can appear here. Call technical support at once.")
    elif age_s > context.blind_after.total_seconds():
        blind = words.text(
            "Monitoring has been silent for %(duration)s: new alerts do not appear here. Call technical support at once, "
            "and go round by telephone.",
            duration=words.duration(age_s),
        )
    elif fault:
        blind = words.text("Monitoring reports a fault: %(fault)s", fault=fault)
    elif beat is not None and beat.detail.get("clock"):
        blind = words.text("The clock of this system is wrong or was just set: times on this page may be wrong.")
    elif step is not None:
        by = words.duration(abs(step.after - step.before) / 1000)
        if step.is_back:
            blind = words.text("The clock went back by %(duration)s: times on this page may be wrong.", duration=by)
        else:
            blind = words.text("The clock leapt ahead by %(duration)s: times on this page may be wrong.", duration=by)
    else:
        blind = ""
    return Sight(blind, waiting, _describe_defects(words, defects, first_at, now), age_s, late_s)


def _describe_defects(words: Wording, defects: int, first_at: int | None, now: int) -> str:
    if first_at is None:
        return ""
    return words.text(
        "homebeat failed over messages and set them aside unread, the first %(duration)s ago: %(count)s."
        " A call for help may be among them; please report it.",
        duration=words.duration(max(0.0, (now - first_at) / 1000)),
        count=words.number(defects, 0),
    )
