"""People and places are named in the language of who looks, and a name fits its bearer."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

from homebeat.registry.fleet_file import read_fleet
from simulators.names import Elder, get_names
from simulators.street import Street

STREET = Street(2, 200)
CHINESE: dict[str, Any] = STREET.make_fleet(language="zh-CN")
ENGLISH: dict[str, Any] = STREET.make_fleet()
HAN = re.compile(r"^[\u4e00-\u9fff]+$")


def test_a_chinese_street_is_chinese_throughout() -> None:
    homes = CHINESE["households"]
    people = [person for home in homes for person in (*home["residents"], *home["contacts"])]
    assert all(HAN.match(person["name"]) and 2 <= len(person["name"]) <= 3 for person in people)
    assert all(HAN.match(contact["relation"]) for home in homes for contact in home["contacts"])
    assert all(HAN.match(area["name"]) for area in CHINESE["areas"])


def test_an_address_says_the_estate_that_gives_the_community_its_name() -> None:
    names = {area["id"]: area["name"] for area in CHINESE["areas"]}
    assert len(set(names.values())) == len(names)
    for home in CHINESE["households"]:
        estate = names[home["area"]].removesuffix("社区")
        assert re.fullmatch(estate + r"\d号楼[1-3]单元\d{3,4}室", home["address"])


@pytest.mark.parametrize("street", [ENGLISH, CHINESE], ids=["en", "zh-CN"])
def test_no_two_homes_have_one_address(street: dict[str, Any]) -> None:
    assert len({(home["area"], home["address"]) for home in street["households"]}) == len(street["households"])


def test_only_names_differ_between_the_languages() -> None:
    assert [home["id"] for home in ENGLISH["households"]] == [home["id"] for home in CHINESE["households"]]
    for english, chinese in zip(ENGLISH["households"], CHINESE["households"], strict=True):
        assert english["devices"] == chinese["devices"]
        assert [r["birth_year"] for r in english["residents"]] == [r["birth_year"] for r in chinese["residents"]]
    assert (
        read_fleet(json.dumps(CHINESE), is_json=True).households[0].residents[0].name
        == CHINESE["households"][0]["residents"][0]["name"]
    )


def test_a_child_bears_the_fathers_surname() -> None:
    couples = [home for home in CHINESE["households"] if len(home["residents"]) == 2]
    children = [home for home in couples if home["contacts"][0]["relation"] in {"女儿", "儿子"}]
    assert len(children) > 5
    for home in children:
        assert home["contacts"][0]["name"][0] in {resident["name"][0] for resident in home["residents"]}


@pytest.mark.parametrize("at", range(20))
def test_nobody_is_called_after_a_state_that_was_not_founded(at: int) -> None:
    draw = np.full(24, at / 20)
    assert not get_names("zh-CN").make_elder(draw, 4, Elder(1948, is_woman=False)).endswith("建国")


def test_a_language_without_names_is_refused() -> None:
    with pytest.raises(ValueError, match="no names in fr"):
        get_names("fr")
