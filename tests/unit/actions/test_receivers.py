"""Whom a plan notifies as which party: paired first, those on duty alone, and everybody where nobody is on duty."""

from __future__ import annotations

import pytest

from homebeat.actions.receivers import sort_staff
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.ids import ContactId, ResponderId
from homebeat.domain.responder import HomeResponder
from homebeat.domain.response_plan import Party


def one(name: str, kind: ResponderKind, *, is_paired: bool = False, ways: int = 1) -> HomeResponder:
    channels = tuple(("webhook", f"{name}-{no}") for no in range(ways))
    return HomeResponder(ResponderId(name), ContactId(f"/{name}"), kind, channels, is_paired, 0)


WANG = one("wang", ResponderKind.VOLUNTEER, is_paired=True, ways=2)
LIU, GRID = one("liu", ResponderKind.VOLUNTEER), one("grid", ResponderKind.FIELD)
DAY, NIGHT = one("day", ResponderKind.DESK), one("night", ResponderKind.DESK)
ZHOU, MUTE = one("zhou", ResponderKind.SUPERVISOR), one("mute", ResponderKind.SUPERVISOR, ways=0)


def names(on_duty: list[str], *those: HomeResponder) -> dict[str, list[str]]:
    found = sort_staff(those, frozenset(map(ResponderId, on_duty)))
    return {party.value: [f"{who}{index}" for who, _, index in ways] for party, ways in found.items() if ways}


@pytest.mark.parametrize(
    "on_duty, worker, desk",
    [
        ([], ["/wang0", "/wang1"], ["/day0", "/night0"]),
        (["night"], ["/wang0", "/wang1"], ["/night0"]),
        (["night", "grid"], ["/wang0", "/wang1"], ["/night0"]),
        (["somebody of another area"], ["/wang0", "/wang1"], ["/day0", "/night0"]),
    ],
)
def test_the_paired_come_whatever_the_rota_says(on_duty: list[str], worker: list[str], desk: list[str]) -> None:
    found = names(on_duty, WANG, LIU, GRID, DAY, NIGHT, ZHOU, MUTE)
    assert found == {"worker": worker, "desk": desk, "supervisor": ["/zhou0"]}


def test_where_nobody_is_paired_the_grid_worker_comes_and_no_volunteer() -> None:
    assert names([], LIU, GRID) == {"worker": ["/grid0"]}
    assert names([], LIU) == {}


def test_who_has_no_channel_keeps_nobody_else_from_being_notified() -> None:
    silent = one("silent", ResponderKind.VOLUNTEER, is_paired=True, ways=0)
    assert names(["mute"], silent, GRID, ZHOU, MUTE) == {"worker": ["/grid0"], "supervisor": ["/zhou0"]}
    watching = one("watching", ResponderKind.DESK, ways=0)
    assert names(["watching"], watching, NIGHT) == {}, "the desk has its page"


def test_every_kind_of_responder_is_some_party_or_paired() -> None:
    everybody = [one(kind.value, kind, is_paired=kind is ResponderKind.VOLUNTEER) for kind in ResponderKind]
    assert set(sort_staff(everybody)) == set(Party) - {Party.FAMILY, Party.RESIDENT}
