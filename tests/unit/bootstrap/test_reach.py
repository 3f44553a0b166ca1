"""Homes that a plan cannot answer for are named: at import, and by `homebeat check`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from homebeat.bootstrap.reach import find_unreached
from homebeat.domain.fleet import Channel, Contact, Fleet, Responder, ResponderKind
from homebeat.domain.ids import AreaId, ContactId, ResponderId
from homebeat.domain.response_plan import SHIPPED, Party, PlanBook, PlanChoice, PlanStep, ResponsePlan
from tests.contract.store.conftest import STREET

HOOK = (Channel("webhook", {"url": "https://example.org/hook"}),)
SON = Contact(ContactId("h1/son"), "Lin Wei", "son", HOOK)
MUTE = Contact(ContactId("h1/mute"), "Lin Mei", "daughter")
ZHOU = Responder(ResponderId("zhou"), "Zhou", ResponderKind.SUPERVISOR, (AreaId("town"),), channels=HOOK)
ELSEWHERE = replace(ZHOU, id=ResponderId("elsewhere"), areas=(AreaId("hill"),))
ENDS_WITH_FAMILY = ResponsePlan("family_alone", (PlanStep(Party.FAMILY, timedelta(minutes=5)),))
ENDS_WITH_SUPERVISOR = ResponsePlan("supervisor_last", (PlanStep(Party.SUPERVISOR, timedelta(minutes=5)),))
BOOK = PlanBook(
    {**SHIPPED, "family_alone": ENDS_WITH_FAMILY, "supervisor_last": ENDS_WITH_SUPERVISOR}, PlanChoice("both_at_once")
)


def fleet(plan: str = "", contacts: tuple[Contact, ...] = (SON,), responders: tuple[Responder, ...] = ()) -> Fleet:
    return replace(STREET, households=(replace(STREET.households[0], plan=plan, contacts=contacts),), responders=responders)


def say(wanted: Fleet, *unusable: str) -> list[str]:
    found = find_unreached(wanted, BOOK, lambda who, channel: bool(channel) and who not in unusable)
    return [("WRONG " if one.is_wrong else "note ") + one.what for one in found]


def test_a_home_that_is_answered_for_is_not_named() -> None:
    assert say(fleet()) == []
    assert say(fleet("supervisor_last", responders=(ZHOU,))) == []
    assert say(fleet("family_alone")) == []


def test_a_plan_that_ends_with_nobody_is_wrong() -> None:
    wrong = "WRONG the last step of the response plan reaches nobody for 1 homes: h1 (family_alone)"
    silent = "note nobody gets a message about 1 homes, only the desk's page shows them: h1"
    assert say(fleet("family_alone", (MUTE,))) == [wrong, silent]
    assert say(fleet("family_alone"), "h1/son") == [wrong, silent], "an address that can never be called is none"
    assert say(fleet("supervisor_last", responders=(ELSEWHERE,)))[0].endswith("h1 (supervisor_last)")


def test_a_plan_that_does_not_exist_is_wrong() -> None:
    assert say(fleet("famly_first")) == ["WRONG 1 homes name a response plan that does not exist: h1 (famly_first)"]


def test_a_home_of_which_only_the_page_speaks_is_a_remark() -> None:
    assert say(fleet(contacts=())) == ["note nobody gets a message about 1 homes, only the desk's page shows them: h1"]
