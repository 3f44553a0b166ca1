"""Whom a message cannot reach for want of a template is named by `homebeat check`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homebeat.bootstrap.registry_findings import make_usable_test
from homebeat.bootstrap.uncarried import find_uncarried
from homebeat.deliver.accounts import CloudAccount
from homebeat.deliver.http_template import HttpTemplate
from homebeat.domain.fleet import Area, Channel, Contact, Device, DeviceKind, Fleet, Household, Responder, ResponderKind
from homebeat.domain.follow_up import FollowUpCases, FollowUpChoice, FollowUpTerms
from homebeat.domain.ids import AreaId, ContactId, DeviceId, HouseholdId, ResponderId
from homebeat.domain.response_plan import PlanBook, PlanChoice
from homebeat.egress.policy import EgressPolicy

HOME, ABROAD = "139-0000-0001", "+49 30 5550 0001"
TEXT, CALL, MAIL = (
    Channel("sms", {"phone": HOME}),
    Channel("voice", {"phone": HOME}),
    Channel("email", {"address": "c@family.example"}),
)
FAR = Channel("sms", {"phone": ABROAD})
SMS = CloudAccount("aliyun", template="SMS_1", template_closed="SMS_6")
VOICE = CloudAccount("aliyun", template="TTS_1")
BOOK = PlanBook(everywhere=PlanChoice("resident_first"))


def contact(name: str, *channels: Channel) -> Contact:
    return Contact(ContactId(f"h/{name}"), name, channels=channels)


def say(*contacts: Contact, sms: CloudAccount | None = SMS, book: PlanBook = BOOK, band: bool = False) -> list[str]:
    devices = (Device(DeviceId("b"), DeviceKind.WRISTBAND),) if band else ()
    home = Household(HouseholdId("h"), AreaId("lane"), "Asia/Shanghai", contacts=contacts, devices=devices)
    abroad = Responder(ResponderId("zhou"), "Zhou", ResponderKind.SUPERVISOR, channels=(TEXT,))
    fleet = Fleet((Area(AreaId("town"), "T"), Area(AreaId("lane"), "L", AreaId("town"))), (home,), responders=(abroad,))
    accounts = {"voice": VOICE} | ({"sms": sms} if sms else {})
    found = find_uncarried(fleet, book, accounts)
    return [("WRONG " if one.is_wrong else "note ") + f"{one}" for one in found]


def test_a_family_that_text_messages_alone_reach_has_no_follow_up() -> None:
    (says,) = say(contact("son", TEXT), contact("niece", CALL))
    assert says.startswith("note the families of 1 homes are reached by text message alone, which cannot carry a follow-up")
    assert "(template_follow_up): h. Set template_follow_up" in says
    assert say(contact("son", TEXT), contact("niece", MAIL)) == [], "somebody of them is asked"
    assert say(contact("son", TEXT), sms=replace(SMS, template_follow_up="SMS_7")) == []
    far = say(contact("son", FAR), sms=replace(SMS, template_follow_up="SMS_7", template_abroad="SMS_8"))
    assert ["follow-up" in far[0], "closed" in far[1], len(far)] == [True, True, 2]
    assert say(contact("son", CALL)) == say() == [], "the desk asks those whom nobody can write to"
    assert say(contact("son", TEXT), sms=None) == [], "that the account is absent is a finding of its own"


def test_where_there_are_no_follow_ups_none_is_missed() -> None:
    son = contact("son", TEXT)
    none = FollowUpChoice(FollowUpCases.NONE)
    assert say(son, book=replace(BOOK, follow_up=FollowUpTerms(FollowUpCases.NONE))) == []
    assert say(son, book=replace(BOOK, areas={"town": PlanChoice(follow_up=none)})) == [], "of the area above"
    assert len(say(son, book=replace(BOOK, areas={"hill": PlanChoice(follow_up=none)}))) == 1


@pytest.mark.parametrize(
    ("body", "many"), [('{"code": "{code}"}', 2), ('{"code": "{code}", "what": "{event}"}', 1), ('{"say": "{title}"}', 0)]
)
def test_another_provider_needs_our_own_words(body: str, many: int) -> None:
    http = HttpTemplate.read({"url": "https://sms.example/", "body": body, "success": "/result = 0"})
    assert len(say(contact("son", TEXT), sms=CloudAccount("template", http=http))) == many


@pytest.mark.parametrize("way", [TEXT, CALL], ids=["text", "call"])
def test_a_resident_who_cannot_be_asked_is_named(way: Channel) -> None:
    own = replace(contact("own", way), is_resident=True)
    (says,) = say(own)
    assert says.startswith("WRONG the residents of 1 homes are to be asked how they are")
    assert "template_ask is not set: h. Set" in says
    assert say(replace(own, channels=(way, MAIL))) == say(own, band=True) == [], "they are asked another way"
    assert say(own, book=PlanBook(everywhere=PlanChoice("desk_only"))) == [], "nobody asks"


def test_no_plan_counts_on_a_number_abroad_without_a_template() -> None:
    who, bare, filed = ContactId("h/son"), {"sms": SMS}, {"sms": replace(SMS, template_abroad="SMS_8")}
    usable = [make_usable_test(EgressPolicy(), frozenset(), accounts)(who, FAR) for accounts in (bare, filed, {})]
    assert usable == [False, True, True], "that an account is absent is another matter"
    assert make_usable_test(EgressPolicy(), frozenset(), bare)(who, TEXT)


def test_a_number_abroad_without_a_template_is_wrong() -> None:
    (says,) = say(contact("son", FAR, MAIL))
    assert says.startswith("WRONG 1 people have a number outside mainland China, and template_abroad is not set: h/son. ")
    assert say(contact("son", FAR, MAIL), sms=replace(SMS, template_abroad="SMS_8")) == []


def test_who_is_reached_by_text_message_alone_does_not_hear_that_an_alert_is_closed() -> None:
    """The responder of the town has a text message alone, too."""
    text = replace(SMS, template_closed="", template_follow_up="SMS_7")
    (says,) = say(contact("son", TEXT), contact("niece", TEXT, MAIL), contact("uncle", CALL), sms=text)
    assert says.startswith("note 2 people are reached by text message alone, and do not hear that an alert is closed")
    assert "template_closed is not set: h/son, /zhou. " in says


def test_who_wants_notes_that_no_channel_carries_is_named() -> None:
    contacts = (
        replace(contact("by-call", CALL), wants_daily=True),
        replace(contact("by-text", CALL, TEXT), wants_weekly=True),
        replace(contact("by-mail", MAIL, TEXT), wants_daily=True),
        contact("unasked", TEXT),
    )
    (says,) = say(*contacts)
    assert says.startswith("note 2 contacts want to hear when nothing has happened")
    assert "h/by-call, h/by-text. " in says
    (says,) = say(*contacts, sms=replace(SMS, template_weekly="SMS_9"))
    assert says.startswith("note 1 contacts want")
