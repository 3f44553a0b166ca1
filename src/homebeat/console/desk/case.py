"""Makes cases: one resident's unresolved alerts, seen as one piece of work (decision record 0050)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from homebeat.domain.alert import Answer, Queue
from homebeat.domain.cause import HOLDS, is_listed_with
from homebeat.domain.ids import ResidentId
from homebeat.store import AlertEntry, CaseAlert, ReadSession


@dataclass(frozen=True, slots=True)
class Case:
    """One resident's unresolved alerts; or one alert that stands alone.

    Attributes:
        leading: The most urgent of those that the list is about.
        others: The resident's other ones, at whichever desk they wait; most urgent first.
        has_run_out: Whoever had taken the leading one last said nothing more.
        listed: Of the alert about a cause that many homes share: how many of their alerts are shown with it.
    """

    leading: AlertEntry
    others: tuple[CaseAlert, ...] = ()
    has_run_out: bool = False
    listed: int = 0

    def list_own(self) -> list[CaseAlert]:
        """List those of the others that wait at the same desk."""
        return [one for one in self.others if one.queue is self.leading.alert.queue]

    def count_listed(self, answer: Answer) -> int:
        """Count the alerts of the case at this desk that nobody has taken, or that somebody has."""
        return 1 + sum(one.answer is answer for one in self.list_own())


def read_cases(reader: ReadSession, entries: Iterable[AlertEntry], elsewhere: Collection[ResidentId] = frozenset()) -> list[Case]:
    """Read the cases of a list of alerts of the care desk, in its order; alerts of other desks stand alone.

    Args:
        reader: In the scope of whoever looks.
        entries: The alerts, most urgent first.
        elsewhere: Whose case is shown in another list already.
    """
    shown = list(entries)
    residents = {who for entry in shown if (who := get_resident(entry)) is not None} - set(elsewhere)
    theirs: dict[ResidentId, list[CaseAlert]] = {}
    for one in reader.alerts.list_of_residents(reader.alerts.find_with_several(residents)):
        theirs.setdefault(one.resident, []).append(one)
    cases: list[Case] = []
    seen = set(elsewhere)
    for entry in shown:
        resident = get_resident(entry)
        if resident is None:
            cases.append(Case(entry))
        elif resident not in seen:
            seen.add(resident)
            cases.append(Case(entry, tuple(one for one in theirs.get(resident, ()) if one.id != entry.alert.id)))
    return cases


def list_with_causes(reader: ReadSession, cases: Sequence[Case], now: int) -> list[Case]:
    """Show alerts of homes that a cause names with that cause, which counts them, and not beside it; `now`: epoch ms.

    A case stays in the list where something in it is critical, is taken, or is no matter of the cause.
    """
    causes = {case.leading.alert.id: case.leading.alert for case in cases if case.leading.alert.rule in HOLDS}
    if not causes:
        return list(cases)
    named = reader.held.list_named(causes)
    counts = dict.fromkeys(causes, 0)
    kept: list[Case] = []
    for case in cases:
        alert, home = case.leading.alert, case.leading.alert.subject.household
        cause = next((one for one in causes.values() if home in named.get(one.id, ()) and is_listed_with(one, alert, now)), None)
        if home is None or cause is None or case.list_own():
            kept.append(case)
        else:
            counts[cause.id] += 1
    return [replace(case, listed=counts.get(case.leading.alert.id, 0)) for case in kept]


def get_resident(entry: AlertEntry) -> ResidentId | None:
    """Get whose case an alert belongs to; None where it stands alone."""
    return entry.alert.subject.resident if entry.alert.queue is Queue.CARE else None
