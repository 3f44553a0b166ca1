"""The circuits of providers, as the actions on them share it: what is entered, how a circuit changes, and who hears of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, Condition, Reason, Subject, TransitionKind, add_note, follow_edge, open_alert
from homebeat.domain.circuit import Circuit, CircuitCause, CircuitState, Tally
from homebeat.domain.contact_id import find_responder
from homebeat.domain.contract import list_standby
from homebeat.domain.errors import Incomplete, NotFound, NotPermitted, StaleVersion
from homebeat.domain.ids import AreaId, ResponderId
from homebeat.domain.notice import VISIT_PATH, Notice
from homebeat.domain.provider_order import ProviderOrder
from homebeat.domain.response_plan import Party
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.service_alerts import make_edge
from homebeat.response.receivers import Place, Receivers
from homebeat.store import ProviderEntry

#: The alert about a provider whose work goes to others.
RULE: Final = "provider_suspended"
#: Why it is open, by what opened the circuit.
CODES: Final[Mapping[CircuitCause, str]] = {
    CircuitCause.SHARE: "provider_failing",
    CircuitCause.COMMITTEE: "provider_vetoed",
    CircuitCause.DECISION: "provider_stopped",
    CircuitCause.TRIAL_FAILED: "provider_trial_failed",
}
ON_TRIAL: Final = "provider_on_trial"
RESUMED: Final = "provider_resumed"
SHORTEST_REASON: Final = 5
LONGEST_REASON: Final = 500


def list_asked(
    notices: Sequence[Notice], alerts: Iterable[Alert], receivers: Mapping[Place, Receivers], now: int
) -> list[ProviderOrder]:
    """List what providers are asked by these notices: to go to the door of the home of an alert.

    An alert about many homes has no one door, and is no order: what is said of each home is no visit that could be judged.

    Args:
        notices: What is about to be sent.
        alerts: Those that they are about.
        receivers: Who is told, by place.
        now: Epoch ms.
    """
    if not notices:
        return []
    of_home = {alert.id for alert in alerts if alert.subject.household is not None}
    providers = {way[0] for those in receivers.values() for way in those.staff.get(Party.PROVIDER, ())}
    asked = {
        (notice.contact, notice.alert_id)
        for notice in notices
        if notice.alert_id is not None and notice.alert_id in of_home and notice.contact in providers and _asks_to_go(notice)
    }
    found = ((find_responder(contact), alert) for contact, alert in sorted(asked))
    return [ProviderOrder(who, alert, now) for who, alert in found if who is not None]


def _asks_to_go(notice: Notice) -> bool:
    """Whether a notice leads to the page of a visit."""
    return str(notice.payload.get("link", "")).endswith(VISIT_PATH)


def check_reason(reason: str) -> str:
    """Check why somebody decides on a provider; returns it without blanks around it.

    Raises:
        Incomplete: It says too little, or too much.
    """
    said = reason.strip()
    if not SHORTEST_REASON <= len(said) <= LONGEST_REASON:
        raise Incomplete(f"say why, in {SHORTEST_REASON} to {LONGEST_REASON} characters")
    return said


def load_provider(work: Work, provider: ResponderId, version: int | None) -> ProviderEntry:
    """Load a provider that the principal decides on.

    Raises:
        NotFound: There is none in their areas.
        NotPermitted: It works in other areas too.
        StaleVersion: Its circuit has moved on since `version`.
    """
    found = next(iter(work.tx.providers.list_providers([provider])), None)
    if found is None:
        raise NotFound(f"there is no provider {provider!r}")
    scope = work.principal.find_scope(Operation.SUSPEND)
    may = all(scope.reaches(work.tx.fleet.find_line(area)) for area in found.areas) if found.areas else scope == EVERYTHING
    if not may:
        raise NotPermitted(f"{provider!r} works in other areas too: a supervisor of all of them decides")
    if version is not None and version != found.circuit.version:
        raise StaleVersion(f"the circuit is at version {found.circuit.version} by now, not {version}: look at it again")
    return found


def change_circuit(
    work: Work, entry: ProviderEntry, state: CircuitState, cause: CircuitCause, tally: Tally, reason: str = ""
) -> Circuit:
    """Bring a circuit into another state, with its history and the alerts about it; returns it as it is now.

    Raises:
        StaleVersion: Somebody else has changed it since it was read.
    """
    before, actor = entry.circuit, str(work.actor)
    after = Circuit(entry.provider, state, cause, work.now, actor, before.version + 1, tally.visits, tally.failed, reason)
    if not work.tx.providers.change_circuit(after):
        raise StaleVersion("somebody else has just changed this circuit: look at it again")
    for area in entry.areas or work.tx.fleet.list_roots():
        _follow_circuit(work, replace(entry, circuit=after), area)
    return after


def _follow_circuit(work: Work, entry: ProviderEntry, area: AreaId) -> None:
    """Open, go on with, or clear the alert of one area. One alert is about all providers of the area that are suspended."""
    subject, circuit = Subject(area=area), entry.circuit
    standing = work.tx.alerts.find_standing([(RULE, subject.key)]).get((RULE, subject.key))
    match circuit.state:
        case CircuitState.OPEN:
            _open(work, entry, subject, standing)
        case CircuitState.TRIAL if standing is not None:
            after, step = add_note(standing, work.now, str(work.actor), "")
            work.write_step(after, replace(step, reason=Reason(ON_TRIAL, {"provider": entry.provider})))
        case CircuitState.CLOSED if standing is not None and standing.condition is Condition.FIRING:
            if not _has_other_suspended(work, entry, area):
                reason = Reason(RESUMED, {"provider": entry.provider})
                work.write_step(*follow_edge(standing, make_edge(RULE, subject, reason, work.now, kind=TransitionKind.CLEARED)))


def _open(work: Work, entry: ProviderEntry, subject: Subject, standing: Alert | None) -> None:
    circuit = entry.circuit
    relief = find_relief(entry.provider, work.tx.providers.list_providers(), work.now)
    params: dict[str, str | int | float] = {"provider": entry.provider, "standby": relief or ""}
    if circuit.cause in {CircuitCause.SHARE, CircuitCause.TRIAL_FAILED}:
        params |= {"failed": circuit.failed, "visits": circuit.visits}
    edge = make_edge(RULE, subject, Reason(CODES[circuit.cause], params), work.now)
    if standing is None:
        work.write_step(*open_alert(edge))
    else:
        work.write_step_and_notify(*follow_edge(standing, replace(edge, kind=TransitionKind.REOPENED)))


def find_relief(provider: ResponderId, known: Sequence[ProviderEntry], now: int) -> ResponderId | None:
    """Find who gets the work of a provider, or would, at `now` (epoch ms); None where none of those that are known can."""
    usable = {one.provider for one in known if one.can_stand_in(now)}
    chain = list_standby(provider, {one.provider: one.contract for one in known})
    return next((who for who in chain if who in usable), None)


def _has_other_suspended(work: Work, entry: ProviderEntry, area: AreaId) -> bool:
    others = (one for one in work.tx.providers.list_providers() if one.provider != entry.provider)
    return any(one.circuit.state is not CircuitState.CLOSED and (not one.areas or area in one.areas) for one in others)
