"""What is known when an edge is decided on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from homebeat.domain.alert import Alert, Answer, Edge, TransitionKind
from homebeat.domain.cause import compute_end, is_behind, list_causes
from homebeat.domain.ids import AlertId, DeviceId
from homebeat.domain.response_plan import Deadline
from homebeat.domain.silence import Silence
from homebeat.response.receivers import NOBODY, Place, Receivers, get_place
from homebeat.response.setup import PLAIN, ResponseSetup

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
        deadlines: Of the alerts that stand, by id.
        receivers: Who can be told, by place.
        setup: The plans in force, and what links begin with.
        now: By the database's clock, epoch ms, as deadlines are; None where nobody waits for them, as in a replay.
        silences: Those that hold now.
        held_at: Since when what is held back has been held back, epoch ms.
        gateways: Of the devices that edges are about, as far as they are known.
    """

    standing: dict[Pair, Alert] = field(default_factory=dict)
    known: set[AlertId] = field(default_factory=set)
    deadlines: dict[AlertId, Deadline] = field(default_factory=dict)
    receivers: Mapping[Place, Receivers] = field(default_factory=dict)
    setup: ResponseSetup = PLAIN
    now: int | None = None
    silences: Sequence[Silence] = ()
    held_at: Mapping[Pair, int] = field(default_factory=dict)
    gateways: Mapping[DeviceId, str] = field(default_factory=dict)

    def find_alert(self, edge: Edge) -> Alert | None:
        """Find the unresolved alert that an edge is about."""
        return self.standing.get(get_pair(edge))

    def find_receivers(self, edge: Edge) -> Receivers:
        """Find who can be told of an edge."""
        return self.receivers.get(get_place(edge.subject), NOBODY)

    def find_silence(self, edge: Edge) -> Silence | None:
        """Find the silence that is about an edge; of several the one that ends last."""
        path = self.find_receivers(edge).path
        return max((one for one in self.silences if one.covers(edge, path)), key=lambda one: one.ends_at, default=None)

    def find_work(self, edge: Edge) -> Silence | None:
        """Find planned work on devices of the home that an edge is about; of several the one that ends last."""
        path = self.find_receivers(edge).path
        return max((one for one in self.silences if one.is_work_near(edge, path)), key=lambda one: one.ends_at, default=None)

    def find_cause(self, edge: Edge) -> Alert | None:
        """Find the alert about a cause that many homes share, behind which an edge has to wait; None where it has not."""
        now = edge.at if self.now is None else self.now
        held_at = self.held_at.get(get_pair(edge), now)
        for pair in self.list_causes(edge) if held_at <= now else ():
            cause = self.standing.get(pair)
            if cause is not None and is_behind(cause, edge):
                end = compute_end(cause, edge, held_at)
                if end is None or now < end:
                    return cause
        return None

    def list_causes(self, edge: Edge) -> list[Pair]:
        """List the alerts about many homes behind which an edge may have to wait, whether they stand or not."""
        at, device = self.find_receivers(edge), edge.subject.device
        gateway = "" if device is None else self.gateways.get(device, "")
        return list_causes(edge.rule, at.path[0], at.building, gateway) if at.path else []

    def follow(self, alert: Alert) -> None:
        """Take in an alert as it is after a step."""
        pair = alert.rule, alert.subject.key
        self.known.add(alert.id)
        if alert.answer is not Answer.RESOLVED:
            self.standing[pair] = alert
        elif (there := self.standing.get(pair)) is not None and there.id == alert.id:
            del self.standing[pair]

    def follow_deadlines(self, changed: Mapping[AlertId, Deadline | None]) -> None:
        """Take in deadlines as they are after a step."""
        for alert_id, deadline in changed.items():
            if deadline is None:
                self.deadlines.pop(alert_id, None)
            else:
                self.deadlines[alert_id] = deadline
