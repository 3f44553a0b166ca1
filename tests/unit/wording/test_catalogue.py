"""The catalogue is complete: a text that somebody wrote exists in Chinese, with the same parameters."""

import re

from babel.messages.catalog import Message

from tests.unit.wording.extraction import chinese, missing, written_ids

PARAMETER = re.compile(r"%\((\w+)\)s|%%")


def written() -> list[Message]:
    return [message for message in chinese() if message.id]


def test_every_written_text_has_its_chinese() -> None:
    assert missing() == {}


def test_extraction_sees_code() -> None:
    found = dict(written_ids())
    assert "SOS pressed" in found
    assert "Somebody has taken this alert." in found


def texts_of(value: object) -> list[str]:
    """An id or its translation as a list: plural forms are several."""
    return [value] if isinstance(value, str) else [str(part) for part in value] if isinstance(value, (tuple, list)) else []


def test_parameters_are_the_same_in_both_languages() -> None:
    for message in written():
        for text in texts_of(message.string):
            assert sorted(PARAMETER.findall(text)) == sorted(PARAMETER.findall(texts_of(message.id)[-1])), message.id


def test_no_text_is_left_over() -> None:
    assert {message.id for message in written()} - set(dict(written_ids())) == set()


def test_chinese_is_chinese() -> None:
    of_signs_alone = {"°C", "%(name)s: %(state)s"}
    for message in written():
        text = "".join(texts_of(message.string))
        assert re.search(r"[\u4e00-\u9fff]", text) or message.id in of_signs_alone, message.id


def test_sentences_end_as_sentences() -> None:
    for message in written():
        if isinstance(message.id, str) and message.id.endswith(".") and "%(" in message.id:
            assert "".join(texts_of(message.string)).endswith("。"), message.id
