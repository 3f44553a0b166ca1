"""What is known when an edge is decided on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from homebeat.domain.alert import Alert, Answer, Edge, TransitionKind
from homebeat.domain.ids import AlertId, HouseholdId
from homebeat.domain.notice import Recipient

#: There is at most one unresolved alert for each: the rule, and the key of the subject.
Pair = tuple[str, str]


def get_pair(edge: Edge) -> Pair:
    """Get the pair that an edge is about."""
    return edge.rule, edge.subject.key


def restart(edge: Edge) -> Edge:
    """Make the edge the onset of a new alert: its condition went on, but its alert was resolved."""
    return replace(edge, kind=TransitionKind.OPENED, onset=edge.since)


def list_ids(edge: Edge) -> tuple[AlertId, ...]:
    """List the alerts that a decision on this edge may open. A situation must know which of them exist."""
    return edge.alert_id, restart(edge).alert_id


def find_opened_id(edge: Edge) -> AlertId:
    """Find the id of the alert that an edge opens where none stands."""
    same, restarted = list_ids(edge)
    return restarted if edge.kind is TransitionKind.REOPENED else same


@dataclass(slots=True)
class Situation:
    """The alerts and people that a decision depends on. It follows every decided step (`follow`).

    Attributes:
        standing: The unresolved alert of each pair.
        known: Ids of existing alerts, also resolved ones: at least those of `list_ids` of the edges to come.
        recipients: The channels of those who are to be notified, by household, in call order.
        link_base: What links in notices begin with.
    """

    standing: dict[Pair, Alert] = field(default_factory=dict)
    known: set[AlertId] = field(default_factory=set)
    recipients: Mapping[HouseholdId, Sequence[Recipient]] = field(default_factory=dict)
    link_base: str = ""

    def find_alert(self, edge: Edge) -> Alert | None:
        """Find the unresolved alert that an edge is about."""
        return self.standing.get(get_pair(edge))

    def find_recipients(self, edge: Edge) -> Sequence[Recipient]:
        """Find whom to notify; nobody where the edge is not about a home."""
        home = edge.subject.household
        return () if home is None else self.recipients.get(home, ())

    def follow(self, alert: Alert) -> None:
        """Take in an alert as it is after a step."""
        pair = alert.rule, alert.subject.key
        self.known.add(alert.id)
        if alert.answer is not Answer.RESOLVED:
            self.standing[pair] = alert
        elif (there := self.standing.get(pair)) is not None and there.id == alert.id:
            del self.standing[pair]
