"""Who was asked, and until when an answer is awaited: after a restart, and after a clock that went back."""

from __future__ import annotations

from homebeat.stream.batch import NEVER
from homebeat.stream.features.questions import Questions

T0 = 1_772_352_000_000
MINUTE = 60_000


def asked() -> Questions:
    """Of three residents the first is asked, and the second has answered."""
    questions = Questions(3)
    questions.ask(0, T0, T0 + 15 * MINUTE)
    questions.ask(1, T0 - MINUTE, T0 + 14 * MINUTE)
    questions.ask(1, NEVER, NEVER)
    return questions


def test_an_answer_is_awaited_until_it_comes() -> None:
    questions = asked()
    assert questions.any_awaited
    questions.ask(0, NEVER, NEVER)
    assert not questions.any_awaited


def test_after_a_restart_the_same_answers_are_awaited() -> None:
    saved = asked()
    again = Questions(3)
    again.load(saved.list_arrays())
    assert again.any_awaited
    assert (again.at.tolist(), again.until.tolist()) == (saved.at.tolist(), saved.until.tolist())
    again.ask(0, NEVER, NEVER)
    assert not again.any_awaited, "the second has answered"


def test_who_was_asked_by_a_clock_that_went_back_has_as_long_to_answer() -> None:
    questions = asked()
    questions.ask(2, T0 - 60 * MINUTE, T0 - 40 * MINUTE)
    questions.rewind(T0 - 30 * MINUTE)
    assert [at - T0 for at in questions.at.tolist()[::2]] == [-30 * MINUTE, -60 * MINUTE]
    assert [until - T0 for until in questions.until.tolist()[::2]] == [-15 * MINUTE, -40 * MINUTE]
    assert questions.until[1] == NEVER
