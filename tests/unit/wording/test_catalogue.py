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
    of_signs_alone = {"°C", "%(name)s: %(state)s", "%(name)s: %(value)s (%(clock)s)"}
    for message in written():
        text = "".join(texts_of(message.string))
        assert re.search(r"[\u4e00-\u9fff]", text) or message.id in of_signs_alone, message.id


def test_sentences_end_as_sentences() -> None:
    for message in written():
        if isinstance(message.id, str) and message.id.endswith(".") and "%(" in message.id:
            assert "".join(texts_of(message.string)).endswith("。"), message.id


#: What the people of a street office misread, and the word that they use instead.
MISREAD = {
    "失联": "离线 (a device); 失联 is said of a person who cannot be found",
    "此人": "老人 or 这位老人",
    "最后一次": "最近一次; families hear the last one before a death",
    "接手": "接单",
    "上限": "超过X即告警 or 告警线",
    "下限": "告警线",
    "看护": "守护 or 监测; 看护 is nursing at the bed",
    "危急": "特急",
    "令牌": "登录口令",
    "居民": "老人",
}


def test_no_word_is_used_that_would_be_misread() -> None:
    for message in written():
        text = "".join(texts_of(message.string))
        assert [f"{word}: {better}" for word, better in MISREAD.items() if word in text] == [], message.id


def test_numbers_stand_close_to_chinese() -> None:
    for message in written():
        text = re.sub(r"`[^`]*`", "", "".join(texts_of(message.string)))
        assert not re.search(r"[\u4e00-\u9fff] (?=[\d%A-Za-z])|[\dA-Za-z%)s] (?=[\u4e00-\u9fff])", text), message.id
