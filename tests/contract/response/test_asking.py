"""A plan that asks the resident first, by band or over a channel of their own, before others are notified. On both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from homebeat import actions
from homebeat.actions.show_plan import show_plan
from homebeat.deadlines.keeper import DeadlineKeeper
from homebeat.deliver import StoreOutbox
from homebeat.deliver.ports import SUPERSEDED
from homebeat.domain.alert import Outcome, Priority, TransitionKind
from homebeat.domain.durations import DAY_MS
from homebeat.domain.errors import NotAllowed
from homebeat.domain.family_reply import FamilyReply
from homebeat.domain.fleet import Contact, DeviceKind, Fleet
from homebeat.domain.ids import ContactId
from homebeat.domain.instants import format_instant
from homebeat.domain.notice import ASK_EVENT
from homebeat.domain.response_plan import BOTH_AT_ONCE, DESK_ONLY, SHIPPED, Party, PlanBook, PlanChoice, PlanStep, ResponsePlan
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.response.setup import ResponseSetup
from homebeat.store import Leased, Store
from tests.contract.response.street import MINUTE, Town, make_fleet, quiet, webhook
from tests.contract.store.conftest import T0
from tests.people import person
from tests.webhook_bodies import check_notice

SON, DAUGHTER, WANG, BAND = "h1/son", "h1/daughter", "/wang", "h1-band"
HERSELF = "h1/self"


@pytest.fixture
def town(store: Store) -> Town:
    town = Town(store, PlanBook())
    with store.begin() as tx:
        tx.fleet.apply(make_fleet(plan="resident_first"), T0)
    return town


def claim(town: Town) -> list[Leased]:
    with town.store.begin() as tx:
        claimed = tx.outbox.claim(town.now, "test", 100, 60_000)
    for one in claimed:
        check_notice(one)
    return claimed


def test_she_is_asked_by_her_band_and_nobody_else_is_woken(town: Town) -> None:
    of = quiet()
    alert = town.happens(of)
    (question,) = claim(town)
    assert (question.contact, question.channel_kind, question.event) == (BAND, "command", "command.ask")
    assert {**question.payload, "id": ""} == {
        "id": "",
        "command": "ask",
        "at": format_instant(T0),
        "expires_at": format_instant(T0 + 3 * MINUTE),
    }
    town.minute(2)
    town.over(of)  # she pressed "I am well": the band's word is a sign of life
    assert town.minute(61) == []
    assert [who for _, who, _ in town.minute(63)] == [DAUGHTER, SON], "the alert still needs an answer of somebody"
    assert town.alert(alert).owner == ""


def test_without_an_answer_the_family_and_the_street_follow(town: Town) -> None:
    alert = town.happens(quiet())
    assert town.minute(9) == [
        (0, BAND, "command.ask"),
        (3, DAUGHTER, "alert.opened"),
        (3, SON, "alert.opened"),
        (8, WANG, "alert.opened"),
    ]
    escalated = [step.reason.params["who"] for step in town.detail(alert).history if step.kind is TransitionKind.ESCALATED]
    assert escalated == ["family,desk", "worker"]


def test_a_home_without_a_band_does_not_wait(store: Store) -> None:
    town = Town(store, PlanBook(everywhere=PlanChoice("resident_first")))
    fleet = make_fleet(plan="")
    home = fleet.households[0]
    with store.begin() as tx:
        bare = replace(home, devices=tuple(one for one in home.devices if one.kind is not DeviceKind.WRISTBAND))
        tx.fleet.apply(replace(fleet, households=(bare, *fleet.households[1:])), T0)
    town.happens(quiet())
    assert town.minute(1) == [(0, DAUGHTER, "alert.opened"), (0, SON, "alert.opened")]


def test_a_call_for_help_asks_nobody_first(town: Town) -> None:
    town.happens(quiet("sos", priority=Priority.CRITICAL))
    assert (0, DAUGHTER, "alert.opened") in town.minute(0.5)


def test_a_family_that_asks_somebody_to_go_does_not_ask_her_again(store: Store) -> None:
    steps = (
        PlanStep(Party.FAMILY, timedelta(minutes=5)),
        PlanStep(Party.RESIDENT, timedelta(minutes=5)),
        PlanStep(Party.WORKER, timedelta(minutes=5)),
        PlanStep(Party.DESK, timedelta(minutes=5)),
    )
    town = Town(store, PlanBook({**SHIPPED, "own": ResponsePlan("own", steps)}, PlanChoice("own")))
    with store.begin() as tx:
        tx.fleet.apply(make_fleet(plan=""), T0)
    alert = town.happens(quiet())
    town.minute(1)
    town.family(SON, alert, FamilyReply.GO)
    assert [who for _, who, _ in town.minute(2)] == [WANG]


def test_a_second_question_about_one_alert_is_another_question(store: Store) -> None:
    """The band knows a question by its id: one that it has asked already would be silent."""
    steps = (*BOTH_AT_ONCE.steps[:1], PlanStep(Party.RESIDENT, timedelta(minutes=1)), PlanStep(Party.DESK, timedelta(minutes=1)))
    steps = (PlanStep(Party.RESIDENT, timedelta(minutes=1)), *steps)
    town = Town(store, PlanBook({**SHIPPED, "own": ResponsePlan("own", steps)}, PlanChoice("own")))
    with store.begin() as tx:
        tx.fleet.apply(make_fleet(plan=""), T0)
    town.happens(quiet())
    asked = []
    for _ in range(8):
        asked += [one.payload["id"] for one in claim(town) if one.event == "command.ask"]
        town.now += MINUTE
        town.keeper.step(town.now)
    assert len(set(asked)) == 2, "what is claimed again is the same question"


def test_what_a_plan_will_do_names_the_band(town: Town) -> None:
    with town.store.read(EVERYTHING) as reader:
        found = show_plan(reader, quiet().subject, "no_sign_of_life", T0, town.setup)
    assert [(one.after_ms, one.taken.who, [who for who, *_ in one.taken.ways]) for one in found.steps[:2]] == [
        (0, Party.RESIDENT, [BAND]),
        (3 * MINUTE, Party.FAMILY, [SON, DAUGHTER]),
    ]


def with_own_channel(plan: str = "resident_first") -> Fleet:
    """The first home's resident can be reached by a channel of her own."""
    fleet = make_fleet(plan=plan)
    home = fleet.households[0]
    herself = Contact(ContactId("h1/self"), "Lin Hua", "", webhook("herself"), "139-0000-0009", "en", is_resident=True)
    return replace(fleet, households=(replace(home, contacts=(*home.contacts, herself)), *fleet.households[1:]))


@pytest.fixture
def reached(store: Store) -> Town:
    town = Town(store, PlanBook())
    with store.begin() as tx:
        tx.fleet.apply(with_own_channel(), T0)
    return town


def test_she_is_asked_over_a_channel_of_her_own(reached: Town) -> None:
    alert = reached.happens(quiet())
    found = {one.contact: (one.event, one.payload["expires_at"]) for one in claim(reached)}
    assert found == {
        BAND: ("command.ask", format_instant(T0 + 3 * MINUTE)),
        HERSELF: (ASK_EVENT, format_instant(T0 + 3 * MINUTE)),
    }
    reached.minute(1)
    reached.family(HERSELF, alert, FamilyReply.FINE)
    assert reached.minute(60) == [], "her word gives everybody an hour"
    assert [who for _, who, _ in reached.minute(62)] == [DAUGHTER, SON], "and closes nothing: it may have been the neighbour's"


@pytest.mark.parametrize("is_closed", [True, False])
def test_who_is_well_already_is_not_asked(reached: Town, is_closed: bool) -> None:
    """Her line was busy. Meanwhile she drew water, or her daughter has told the desk."""
    alert = reached.happens(quiet())
    questions = claim(reached)
    port = StoreOutbox(reached.store, "test")
    assert [port.find_needless(one) for one in questions] == ["", ""]
    if is_closed:
        reached.act(person("chen", Role.DESK), actions.Resolve(alert, Outcome.FINE))
    else:
        reached.over(quiet())
    assert [port.find_needless(one) for one in questions] == [SUPERSEDED] * 2


def test_a_plan_that_has_begun_asks_her_whatever_the_settings_say_now(store: Store) -> None:
    steps = (PlanStep(Party.DESK, timedelta(minutes=1)), PlanStep(Party.RESIDENT, timedelta(minutes=1)), *DESK_ONLY.steps)
    plans = {**SHIPPED, "own": ResponsePlan("own", steps)}
    town = Town(store, PlanBook(plans, PlanChoice("own")))
    with store.begin() as tx:
        tx.fleet.apply(make_fleet(plan=""), T0)
    town.happens(quiet())
    changed = ResponseSetup("https://desk.example", PlanBook(plans))
    town.now += MINUTE
    DeadlineKeeper(store, changed, lambda: town.now).step(town.now)
    assert [one.event for one in claim(town)] == ["command.ask"]


def test_she_asks_for_somebody_and_they_come_at_once(reached: Town) -> None:
    alert = reached.happens(quiet())
    reached.minute(0.5)
    reached.family(HERSELF, alert, FamilyReply.GO)
    assert {who for _, who, _ in reached.minute(1.5)} >= {DAUGHTER, SON}


@pytest.mark.parametrize("answer", [FamilyReply.CALLING, FamilyReply.WITH_ME])
def test_she_cannot_answer_as_family(reached: Town, answer: FamilyReply) -> None:
    alert = reached.happens(quiet())
    reached.minute(0.5)
    with pytest.raises(NotAllowed, match="a resident says"):
        reached.family(HERSELF, alert, answer, reached.now + DAY_MS)


def test_she_is_no_family_of_hers(reached: Town) -> None:
    """No message that somebody she cares for needs help, and none that the alert is closed."""
    alert = reached.happens(quiet("sos", priority=Priority.CRITICAL))
    reached.minute(7)
    reached.act(person("chen", Role.DESK), actions.Acknowledge(alert))
    reached.act(person("chen", Role.DESK), actions.Resolve(alert, Outcome.HELPED, note="helped up"))
    reached.minute(8)
    with reached.store.read(EVERYTHING) as reader:
        assert HERSELF not in {entry.contact for entry in reader.outbox.list_deliveries(alert=alert).items}


def test_who_was_asked_does_not_hear_that_it_is_closed(reached: Town) -> None:
    alert = reached.happens(quiet())
    reached.minute(4)
    reached.act(person("chen", Role.DESK), actions.Resolve(alert, Outcome.FINE))
    assert {who for _, who, event in reached.take_notices() if event == "alert.resolved"} == {DAUGHTER, SON}
