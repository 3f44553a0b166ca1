"""What is known when an edge is decided on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from homebeat.domain.alert import Alert, Answer, Edge, TransitionKind
from homebeat.domain.fleet import Contact
from homebeat.domain.ids import AlertId, HouseholdId

#: What at most one unresolved alert exists for: the rule, and the key of the subject.
Pair = tuple[str, str]


def pair_of(edge: Edge) -> Pair:
    """The pair that an edge is about."""
    return edge.rule, edge.subject.key


def restart(edge: Edge) -> Edge:
    """The edge as the onset of a new alert: its condition went on, but the alert about it was resolved."""
    return replace(edge, kind=TransitionKind.OPENED, onset=edge.since)


def ids_of(edge: Edge) -> tuple[AlertId, ...]:
    """The alerts that deciding on an edge may open. A situation must know which of them exist."""
    return edge.alert_id, restart(edge).alert_id


def opened_by(edge: Edge) -> AlertId:
    """The alert that an edge would open where none stands."""
    same, restarted = ids_of(edge)
    return restarted if edge.kind is TransitionKind.REOPENED else same


@dataclass(slots=True)
class Situation:
    """The alerts and the people that a decision rests on. It follows every step that is decided (`follow`).

    Attributes:
        standing: The unresolved alert of each pair.
        known: Ids of alerts that exist, resolved ones included: at least those of `ids_of` of the edges to come.
        contacts: Who is to be notified, by household, in call order.
        link_base: What links in notices begin with.
    """

    standing: dict[Pair, Alert] = field(default_factory=dict)
    known: set[AlertId] = field(default_factory=set)
    contacts: Mapping[HouseholdId, Sequence[Contact]] = field(default_factory=dict)
    link_base: str = ""

    def alert_for(self, edge: Edge) -> Alert | None:
        """The unresolved alert that an edge is about."""
        return self.standing.get(pair_of(edge))

    def contacts_for(self, edge: Edge) -> Sequence[Contact]:
        """Who is to be notified; nobody where the edge is about no home."""
        home = edge.subject.household
        return () if home is None else self.contacts.get(home, ())

    def follow(self, alert: Alert) -> None:
        """Take in an alert as it is after a step."""
        pair = alert.rule, alert.subject.key
        self.known.add(alert.id)
        if alert.answer is not Answer.RESOLVED:
            self.standing[pair] = alert
        elif (there := self.standing.get(pair)) is not None and there.id == alert.id:
            del self.standing[pair]
