"""See whether city platforms take events: once a minute. One that has taken none for hours is an alert."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.actions.perform import Perform, Record
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, Condition, Edge, Reason, Subject, Transition, TransitionKind, follow_edge, open_alert
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.ids import AlertId
from homebeat.domain.principal import make_service
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.service_alerts import make_edge
from homebeat.store import AlertFilter, PlatformPlace, Store

RULE: Final = "platform_down"
#: A platform that is maintained at night is back before that.
DOWN_MS: Final = 4 * HOUR_MS
#: So many alerts of this kind are looked at: there are fewer platforms.
_MOST: Final = 200
#: Who looks.
PLATFORMS: Final = make_service("platforms")
#: Before the name of a platform, it is the part of homebeat that the alert is about.
_PREFIX: Final = "platform-"


@dataclass(frozen=True, slots=True)
class WatchPlatforms:
    """See whether city platforms take events.

    1. Open the alert of a platform that has taken nothing for four hours: once, however long that lasts and whoever closes it.
    2. Clear that of one that takes events again, or is no longer in the settings.

    Doing it twice in a minute, or in two processes, changes nothing more.

    Attributes:
        alerted: The platforms of which an alert stands.
    """

    name: ClassVar = "watch_platforms"
    operation: ClassVar = Operation.WATCH_PLATFORMS

    alerted: frozenset[str] = frozenset()

    def run(self, work: Work) -> int:
        """Returns how many alerts were changed."""
        places = {place.name: place for place in work.tx.platforms.list_all()}
        standing = work.tx.alerts.find_standing((RULE, _name_subject(name).key) for name in {*places, *self.alerted})
        by_name = {alert.subject.service.removeprefix(_PREFIX): alert for alert in standing.values()}
        edges = list_down(places, work.now)
        known = work.tx.alerts.find_known(edge.alert_id for edge in edges.values())
        steps = find_platform_steps(edges, by_name, known, work.now)
        for step in steps:
            work.write_step(*step)
        return len(steps)

    def record(self, result: int) -> Record | None:
        """How many alerts were changed; None where none was."""
        return Record("", {"alerts": result}) if result else None


def watch_platforms(store: Store, perform: Perform, now: int) -> None:
    """See whether city platforms take events; a thread calls it once a minute. It looks before it writes.

    Raises:
        Unavailable: The database is away: the next minute tries again.
    """
    with store.read(EVERYTHING) as reader:
        page = reader.alerts.read_plain_page(AlertFilter(is_open=True, rule=RULE), limit=_MOST)
        standing = {alert.subject.service.removeprefix(_PREFIX): alert for alert in page.items}
        edges = list_down({place.name: place for place in reader.platforms.list_all()}, now)
        known = {edge.alert_id for edge in edges.values() if reader.alerts.find_plain(edge.alert_id) is not None}
    if find_platform_steps(edges, standing, known, now):
        perform(PLATFORMS, WatchPlatforms(frozenset(standing)))


def list_down(places: Mapping[str, PlatformPlace], now: int) -> dict[str, Edge]:
    """List the edges of the platforms that have taken nothing for hours, by name. An alert is named by when that began."""
    found: dict[str, Edge] = {}
    for name, place in places.items():
        since = place.failing_since
        if since is not None and now - since >= DOWN_MS:
            why = Reason(RULE, {"platform": name, "since_at": since})
            found[name] = make_edge(RULE, _name_subject(name), why, now, since=since)
    return found


def find_platform_steps(
    down: Mapping[str, Edge], standing: Mapping[str, Alert], known: Collection[AlertId], now: int
) -> list[tuple[Alert, Transition]]:
    """Find what has changed: the alerts of platforms, each with its step.

    Args:
        down: The edges of the platforms that are down, by name.
        standing: The alerts that nobody has closed, by platform.
        known: The alerts of these edges that exist, also closed ones.
        now: Epoch ms.
    """
    steps = [open_alert(edge) for name, edge in sorted(down.items()) if name not in standing and edge.alert_id not in known]
    for name, alert in sorted(standing.items()):
        if name not in down and alert.condition is Condition.FIRING:
            over = Reason(f"{RULE}_over", {"platform": name, "since_at": alert.since})
            steps.append(follow_edge(alert, make_edge(RULE, alert.subject, over, now, kind=TransitionKind.CLEARED)))
    return steps


def _name_subject(platform: str) -> Subject:
    return Subject(service=f"{_PREFIX}{platform}")
