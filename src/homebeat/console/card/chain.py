"""How far an alert has come with people: taken, contacted, sent, at the door, seen, closed, followed up, as one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from homebeat.console.web.person import join_parts, name_actor
from homebeat.domain.alert import Answer, TransitionKind
from homebeat.domain.call import CallResult, find_call
from homebeat.domain.family_reply import find_reply
from homebeat.domain.follow_up import FollowUpAnswer
from homebeat.domain.visit import Visit, VisitState
from homebeat.store import AlertDetail, Step
from homebeat.wording import Wording

_FOLLOWED: Final = frozenset(answer.code for answer in FollowUpAnswer)
_OFF: Final = frozenset({VisitState.CANCELLED, VisitState.MISSED, VisitState.DECLINED})


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One state; `said` (who and when) is empty where it has not come yet."""

    name: str
    said: str = ""


def list_chain(
    detail: AlertDetail, visits: Sequence[Visit], names: Mapping[str, str], words: Wording, zone: str
) -> list[ChainLink]:
    """List the states of an alert about a home, in order; each says who and when, where it has come.

    Args:
        detail: The alert with its history.
        visits: Oldest first.
        names: Of contacts and responders by the ids under which they are notified, as far as they are shown.
        words: In which language.
        zone: Of the clock.
    """
    alert = detail.entry.alert

    def write(at: int | None, *parts: str) -> str:
        return join_parts(*parts, words.clock(at, zone)) if at is not None else ""

    sent = next((one for one in reversed(visits) if one.state not in _OFF), None)
    arrived = [one.at_door_at for one in visits if one.at_door_at is not None]
    seen = next((one for one in reversed(visits) if one.state is VisitState.SEEN), None)
    contacted = _find_contacted(detail.history, names, words)
    followed = next((step for step in reversed(detail.history) if step.reason.code in _FOLLOWED), None)
    is_taken = alert.answer is not Answer.UNACKNOWLEDGED
    is_closed = alert.answer is Answer.RESOLVED and alert.outcome is not None
    outcome = words.outcome(alert.outcome, alert.desk) if is_closed and alert.outcome else ""
    return [
        ChainLink(words.text("Taken"), write(alert.acknowledged_at if is_taken else None, _name(alert.owner, names, words))),
        ChainLink(words.text("Contacted"), write(contacted[0], contacted[1]) if contacted else ""),
        ChainLink(words.text("Sent"), write(sent.assigned_at, _name(sent.visitor, names, words)) if sent else ""),
        ChainLink(words.text("At the door"), write(max(arrived, default=None))),
        ChainLink(words.text("Seen"), write(seen.ended_at) if seen else ""),
        ChainLink(words.text("Closed"), write(alert.resolved_at, outcome) if is_closed else ""),
        ChainLink(words.text("Followed up"), write(followed.at) if followed else ""),
    ]


def _find_contacted(history: Iterable[Step], names: Mapping[str, str], words: Wording) -> tuple[int, str] | None:
    """Find the newest word with somebody: a call that was answered, or an answer of the family."""
    found: tuple[int, str] | None = None
    for step in history:
        call = find_call(step.reason)
        if call is not None and call.result is CallResult.SPOKE:
            found = step.at, names.get(call.id, "") or words.callee(call.callee.value)
        elif step.kind is TransitionKind.REPLIED and find_reply(step.reason.code) is not None:
            found = step.at, _name(step.actor, names, words)
    return found


def _name(actor: str, names: Mapping[str, str], words: Wording) -> str:
    kind, _, who = actor.partition(":")
    return names.get(who, "") if kind == "contact" and who in names else name_actor(actor, words)
