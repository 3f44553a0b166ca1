"""A contact is the same person wherever they stand in the list, and nobody else ever is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homebeat.domain.contact_id import derive_own_id, find_newly_given, make_contact_id
from homebeat.domain.fleet import Contact, Household
from homebeat.domain.ids import AreaId, ContactId, HouseholdId
from homebeat.domain.phone import make_dial_uri
from homebeat.registry.fields import ID

HOME = Household(HouseholdId("h1"), AreaId("a"), "Asia/Shanghai")


def contact(name: str, own: str = "", household: str = "h1") -> Contact:
    return Contact(make_contact_id(HouseholdId(household), own or derive_own_id(name)), name)


def test_a_derived_id_goes_by_the_name_alone_and_may_be_written_into_the_file() -> None:
    assert derive_own_id("Lin  Wei ") == derive_own_id("Lin Wei")
    assert derive_own_id("Jose\u0301") == derive_own_id("Jos\u00e9")
    assert derive_own_id("Lin Wei") != derive_own_id("Lin Mei")
    assert ID.fullmatch(derive_own_id("林伟"))
    assert contact("林伟").id != contact("林伟", household="h2").id


@pytest.mark.parametrize(
    "wanted, known, given",
    [
        ([contact("Wei", "wei")], [contact("Wei")], {contact("Wei").id: "h1/wei"}),
        ([contact("Wei Ming", "wei")], [contact("Wei")], {}),  # another name: another person
        ([contact("Wei", "wei")], [contact("Wei"), contact("Wei", "wei")], {}),  # known by that id already
        ([contact("Wei", "wei"), contact("Wei")], [contact("Wei")], {}),  # who has no id is still there
        ([contact("Wei", "one"), contact("Wei", "two")], [contact("Wei")], {contact("Wei").id: "h1/one"}),
        ([contact("Wei", "wei")], [contact("Wei", household="h2")], {}),
    ],
)
def test_who_is_given_an_id_under_the_same_name_is_the_same_person(
    wanted: list[Contact], known: list[Contact], given: dict[ContactId, str]
) -> None:
    home = replace(HOME, contacts=tuple(wanted))
    assert find_newly_given([home], {who.id for who in known}) == given


@pytest.mark.parametrize(
    "phone, uri",
    [
        ("021-5550-0100", "tel:02155500100"),
        ("+86 (21) 5550.0100", "tel:+862155500100"),
        ("021-55500100转8012", "tel:02155500100;ext=8012"),
        ("0215550 ext 12", "tel:0215550;ext=12"),
        ("", ""),
        ("ask the neighbour", ""),
    ],
)
def test_a_number_is_dialled_without_what_people_write_between(phone: str, uri: str) -> None:
    assert make_dial_uri(phone) == uri
