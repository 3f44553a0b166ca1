"""The homes that an alert about many homes names, as whoever asks may see them: in order of need, with who goes to each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from homebeat.actions.pulse import read_as_of
from homebeat.actions.view import View
from homebeat.domain.alert import Alert, Priority
from homebeat.domain.as_of import State
from homebeat.domain.cause import HOLDS
from homebeat.domain.home_mark import HomeMark
from homebeat.domain.ids import AlertId, ResidentId, ResponderId
from homebeat.domain.need import rank_need
from homebeat.domain.responder import HomeResponder
from homebeat.rules.catalogue import RULES
from homebeat.store import HouseholdEntry, SharingHome

#: So many homes are listed at most: those that were most in need when the cause was found.
MOST: Final = 500


@dataclass(frozen=True, slots=True)
class SharedHome:
    """One home of the list.

    Attributes:
        home: With masks where whoever asks does not see a field.
        states: Of each resident, by their id.
        waiting: Which of its alerts wait behind the alert about all of them, each with since when the condition holds, epoch ms.
        own: Its alerts that stand, by rule.
        held: How many of its alerts have waited.
        workers: The volunteers and grid workers who are paired with it, in the order in which to call them: who is to go.
        mark: What somebody who was there has said; None for nothing.
        marked_at: When, epoch ms.
    """

    home: HouseholdEntry
    states: Mapping[ResidentId, State]
    waiting: Mapping[str, int]
    own: Mapping[str, AlertId]
    held: int
    workers: tuple[ResponderId, ...]
    mark: HomeMark | None = None
    marked_at: int | None = None


@dataclass(frozen=True, slots=True)
class SharedHomes:
    """The homes of the list, in order of need; `left_out`: how many more the alert names."""

    homes: list[SharedHome]
    left_out: int = 0


def list_shared_homes(view: View, alert: Alert, shows: Callable[[Sequence[HomeResponder]], bool] | None = None) -> SharedHomes:
    """List the homes that an alert names, those that need somebody first; none for an alert that is about one home.

    Args:
        view: Of whoever looks.
        alert: Which.
        shows: Whether a home is listed for which these answer; None for every one. Of the others nothing is opened, and however
            many they are, none of them takes the place of one that is listed.
    """
    if alert.rule not in HOLDS:
        return SharedHomes([])
    named = view.reader.held.list_homes(alert.id, MOST if shows is None else None)
    responders = view.reader.duty.find_responders(one.household for one in named)
    if shows is not None:
        named = [one for one in named if shows(responders.get(one.household, ()))]
    total = len(named) if len(named) != MOST or shows is not None else view.reader.held.count_homes(alert.id)
    named = named[:MOST]
    homes = view.find_households(f"alert:{alert.id}", [one.household for one in named])
    as_of = read_as_of(view.reader, view.now)
    found: list[tuple[tuple[int, ...], SharedHome]] = []
    for one in named:
        home = homes.get(one.household)
        if home is None:
            continue
        states = {who.resident.id: as_of.find_state(who.state.state if who.state else None) for who in home.residents}
        workers = tuple(who.responder for who in responders.get(one.household, ()) if who.is_paired)
        shared = SharedHome(home, states, one.waiting, one.own, one.held, workers, one.mark, one.marked_at)
        years, needs = ([getattr(who.resident, name) for who in home.residents] for name in ("birth_year", "need"))
        found.append((rank_need(_find_own(one), list(states.values()), needs, years, one.place), shared))
    ordered = [shared for _, shared in sorted(found, key=lambda ranked: ranked[0])]
    return SharedHomes(ordered, total - len(named))


def _find_own(home: SharingHome) -> Priority | None:
    rules = (RULES.get(rule) for rule in (*home.own, *home.waiting))
    return min((rule.priority for rule in rules if rule is not None), key=lambda priority: priority.rank, default=None)
