"""Who answers for alerts, in a fleet file: read, or refused with line and field."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from homebeat.domain.channel import make_secret
from homebeat.domain.contact_id import find_responder, make_contact_id, make_responder_contact
from homebeat.domain.errors import BadFleet
from homebeat.domain.fleet import Channel, Fleet, Responder, ResponderKind
from homebeat.domain.ids import AreaId, ContactId, HouseholdId, ResponderId
from homebeat.registry.fleet_file import read_fleet
from homebeat.registry.signing_secrets import SecretFiller
from tests.unit.fleet_file.examples import STREET

WANG: dict[str, Any] = {
    "id": "wang",
    "name": "Wang Grid",
    "kind": "field",
    "areas": ["s1"],
    "skills": ["first aid", "lift"],
    "languages": ["zh-CN", "yue"],
    "phone": "137-0000-0001",
    "language": "en",
    "channels": [{"kind": "webhook", "url": "https://grid.example/wang"}],
    "account": "wang.g",
}
HUA: dict[str, Any] = {"id": "hua", "name": "Hua Desk", "kind": "desk"}


def make_file(*responders: dict[str, Any], paired: object = None, plan: object = None) -> str:
    tree = copy.deepcopy(STREET)
    tree["responders"] = list(responders)
    tree["households"][1] |= {"paired": paired, "plan": plan}
    return json.dumps(tree)


def find_faults(text: str) -> tuple[str, ...]:
    with pytest.raises(BadFleet) as caught:
        read_fleet(text, is_json=True)
    return caught.value.faults


def test_every_field_is_read() -> None:
    fleet = read_fleet(make_file(WANG, HUA, paired=["hua"], plan="street-first"), is_json=True)
    assert fleet.responders == (
        Responder(
            ResponderId("wang"),
            "Wang Grid",
            ResponderKind.FIELD,
            (AreaId("s1"),),
            ("first aid", "lift"),
            ("zh-CN", "yue"),
            (Channel("webhook", {"url": "https://grid.example/wang"}),),
            "137-0000-0001",
            "en",
            "wang.g",
        ),
        Responder(ResponderId("hua"), "Hua Desk", ResponderKind.DESK),
    )
    first, second = fleet.households
    assert (first.paired, first.plan) == ((), "")
    assert (second.paired, second.plan) == ((ResponderId("hua"),), "street-first")


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"kind": "nurse"}, "responders[0].kind: 'nurse' is not one of desk, field, volunteer, provider, supervisor"),
        ({"kind": None}, "responders[0].kind: is missing"),
        ({"name": ""}, "responders[0].name: is missing"),
        ({"id": "w ang"}, "responders[0].id: 'w ang' is not an id"),
        ({"id": "hua"}, "responders[1].id: 'hua' is there already, at responders[0]"),
        ({"areas": "s1"}, "responders[0].areas: is a list here"),
        ({"areas": ["s1", "s9"]}, "responders[0].areas[1]: there is no area 's9'"),
        ({"areas": ["s1", "s1"]}, "responders[0].areas[1]: 's1' is there already"),
        ({"areas": [7]}, "responders[0].areas[0]: 7 is not a text; put it in quotes"),
        ({"skills": [""]}, "responders[0].skills[0]: is empty"),
        ({"skills": ["x" * 61]}, "responders[0].skills[0]: is longer than 60 characters"),
        ({"skills": ["x"] * 51}, "responders[0].skills: has more than 50 entries"),
        ({"skills": ["a\nb"]}, "responders[0].skills[0]: holds control characters"),
        ({"languages": ["中文"]}, "responders[0].languages[0]: '中文' is not a language tag"),
        ({"language": "中文"}, "responders[0].language: '中文' is not a language tag"),
        ({"phone": "later"}, "responders[0].phone: 'later' is not a telephone number"),
        ({"channels": [{"kind": "fax"}]}, "responders[0].channels[0].kind: 'fax' is not one of "),
        ({"shift": "night"}, "responders[0].shift: there is no such field"),
    ],
)
def test_a_fault_is_told_with_its_field(wrong: dict[str, Any], says: str) -> None:
    told = find_faults(make_file(WANG | wrong, HUA))
    assert len(told) == 1
    assert says in told[0]


def test_an_account_is_one_persons() -> None:
    (told,) = find_faults(make_file(WANG, HUA | {"account": "wang.g"}))
    assert "responders[1].account: 'wang.g' is there already, at responders[0]: an account is one person's" in told


@pytest.mark.parametrize(
    "paired, plan, says",
    [
        (["wong"], None, "households[1].paired[0]: there is no responder 'wong'; did you mean wang?"),
        # home h2 stands in the city, and Wang answers in one street of it
        (["wang"], None, "households[1].paired: 'wang' does not answer in the area 'c1': add it to their `areas`"),
        ("hua", None, "households[1].paired: is a list here"),
        (None, "family first", "households[1].plan: 'family first' is not the name of a plan"),
    ],
)
def test_who_is_paired_answers_there(paired: object, plan: object, says: str) -> None:
    (told,) = find_faults(make_file(WANG, HUA, paired=paired, plan=plan))
    assert says in told


def test_whoever_answers_above_a_home_or_everywhere_may_be_paired_with_it() -> None:
    tree = json.loads(make_file(WANG | {"areas": ["c1"]}, HUA))
    tree["households"][0]["paired"] = ["wang", "hua"]
    assert read_fleet(json.dumps(tree), is_json=True).households[0].paired == ("wang", "hua")


def test_as_whom_they_are_notified_is_no_contacts_id() -> None:
    who = make_responder_contact(ResponderId("wang"))
    assert who == "/wang"
    assert find_responder(who) == "wang"
    assert find_responder(make_contact_id(HouseholdId("wang"), "wang")) is None
    assert find_responder(ContactId("b1")) is None


def test_a_signing_secret_is_made_once_and_stays_with_the_responder() -> None:
    wanted = read_fleet(make_file(WANG, HUA), is_json=True)
    filled, made = SecretFiller([], lambda n: b"1" * n).fill(wanted)
    theirs = [(new.channel_index, new.secret) for new in made if new.contact == "/wang"]
    assert theirs == [(0, make_secret(lambda n: b"1" * n))]
    known = [contact for home in filled.households for contact in home.contacts]
    again, none = SecretFiller(known, lambda n: b"2" * n, filled.responders).fill(wanted)
    assert again == filled
    assert none == []
    assert isinstance(filled, Fleet)
