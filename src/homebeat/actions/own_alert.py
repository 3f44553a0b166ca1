"""What becomes of an alert of homebeat's own that an action opens: a new one, or one more step of the one that stands."""

from __future__ import annotations

from dataclasses import replace

from homebeat.domain.alert import Alert, Answer, Edge, Transition, TransitionKind, add_note, follow_edge, open_alert


def decide_on_own_alert(edge: Edge, standing: Alert | None) -> tuple[Alert, Transition]:
    """Decide on the step to write for an edge that opens.

    While an earlier alert of the same rule and subject stands, this is one more line of its history. Where somebody has that one
    in hand already, it comes back to the queue, because this may be another matter.
    """
    if standing is None:
        return open_alert(edge)
    if standing.answer is Answer.ACKNOWLEDGED:
        return follow_edge(standing, replace(edge, kind=TransitionKind.REOPENED))
    after, step = add_note(standing, edge.at, "engine", "")
    return after, replace(step, reason=edge.reason)
