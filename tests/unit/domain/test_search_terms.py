"""What somebody types fits whom it should: the pieces of a question are pieces of what is stored."""

from __future__ import annotations

import pytest

from homebeat.domain.role import Field
from homebeat.domain.search_terms import MOST_PARTS, Part, list_address_pieces, list_name_pieces, list_phone_pieces, read_question


def fits(typed: str, name: str = "", address: str = "", phone: str = "") -> bool:
    """Whether every part of a question fits somebody with this name, address and number."""
    has = {Field.NAME: list_name_pieces(name), Field.ADDRESS: list_address_pieces(address), Field.PHONE: list_phone_pieces(phone)}

    def one_fits(part: Part) -> bool:
        ways = [wanted <= has.get(field, frozenset()) for field, wanted in part.pieces.items()]
        return any(ways) or (bool(part.words) and all(map(one_fits, part.words)))

    parts = read_question(typed)
    return bool(parts) and all(map(one_fits, parts))


@pytest.mark.parametrize("typed", ["王", "王秀", "秀英", "王秀英", "　王秀英 ", "王 英"])
def test_a_chinese_name_is_found_by_any_characters_of_it(typed: str) -> None:
    assert fits(typed, "王秀英")
    assert not fits(typed, "李建国")


def test_a_name_of_two_surnames_is_found_whole_and_one_of_more_than_four_by_all_its_pieces() -> None:
    assert fits("欧阳秀英", "欧阳秀英")
    assert fits("阿卜杜热合曼", "阿卜杜热合曼")
    assert not fits("阿卜杜热合买", "阿卜杜热合曼")


@pytest.mark.parametrize("typed", ["lu", "LUC", "lucía", "ＬＵＣＩＡ", "garcia", "lu gar", "García Lucía"])
def test_a_latin_name_is_found_by_how_its_words_begin_in_any_case_and_without_accents(typed: str) -> None:
    assert fits(typed, "Lucía García")
    assert not fits("ucia", "Lucía García")


def test_one_letter_finds_nobody() -> None:
    assert not fits("l", "Lucía")


@pytest.mark.parametrize("typed", ["幸福路", "幸福路12号", "幸福 501", "12号3栋", "１２号", "福路12号3栋501室"])
def test_an_address_is_found_by_parts_of_it(typed: str) -> None:
    assert fits(typed, address="幸福路12号3栋501室")


@pytest.mark.parametrize("typed", ["幸福街", "2号", "50", "幸福路13号", "13 501"])
def test_another_address_is_not(typed: str) -> None:
    assert not fits(typed, address="幸福路12号3栋501室")


@pytest.mark.parametrize(
    "typed", ["139-0000-0001", "+86 139 0000 0001", "0086 139 0000 0001", "139 0000 0001", "0001", "00000001"]
)
def test_a_number_is_found_however_it_is_written_and_by_its_ends(typed: str) -> None:
    assert fits(typed, phone="139-0000-0001")
    assert not fits(typed, phone="139-0000-0002")


@pytest.mark.parametrize("typed", ["001", "139", "1390000", "9000 00"])
def test_other_pieces_of_a_number_find_nobody(typed: str) -> None:
    assert not fits(typed, phone="139-0000-0001")


def test_a_name_beside_a_number_must_both_fit() -> None:
    assert fits("王秀英 139-0000-0001", "王秀英", phone="139 0000 0001")
    assert not fits("王秀英 139-0000-0002", "王秀英", phone="139 0000 0001")


def test_what_may_be_an_id_is_kept_as_it_was_typed() -> None:
    assert [part.id for part in read_question("WM-00042 王")] == ["WM-00042", "王"]
    assert fits("R-0001", address="r 0001"), "and as the words in it"


@pytest.mark.parametrize("typed", ["", "   ", "?!", "-", "\u202e", "%_"])
def test_nothing_to_look_for_is_no_question(typed: str) -> None:
    assert read_question(typed) == ()


def test_a_question_has_an_end() -> None:
    assert len(read_question("王 " * 40)) == MOST_PARTS
