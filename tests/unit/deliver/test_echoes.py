"""Answers of devices: each counts once, in its time, and for what was asked."""

from __future__ import annotations

from homebeat.codecs.question import Asking
from homebeat.deliver.echoes import ANSWERS_WITHIN_S, MOST, AwaitedEchoes

LAMP = Asking((), ("z/lamp",), lambda payload: payload == b"ON")
OTHER = Asking((), ("z/other",), lambda payload: payload == b"ON")


def test_an_answer_counts_once() -> None:
    echoes = AwaitedEchoes(lambda: 0.0)
    assert echoes.add("n1", LAMP, 30)
    assert echoes.take("z/lamp", b"OFF") == echoes.take("z/other", b"ON") == []
    assert echoes.take("z/lamp", b"ON") == ["n1"]
    assert echoes.take("z/lamp", b"ON") == []
    assert echoes.list_topics() == set()


def test_two_questions_on_one_lamp_are_answered_by_one_answer() -> None:
    echoes = AwaitedEchoes(lambda: 0.0)
    assert echoes.add("n1", LAMP, 30)
    assert echoes.add("n2", LAMP, 30)
    assert echoes.take("z/lamp", b"ON") == ["n1", "n2"]


def test_a_late_answer_counts_as_nothing() -> None:
    now = [0.0]
    echoes = AwaitedEchoes(lambda: now[0])
    assert echoes.add("soon", LAMP, 10)
    assert echoes.add("long", OTHER, 10_000)
    now[0] = 10
    assert echoes.take("z/lamp", b"ON") == []
    assert echoes.list_topics() == {"z/other"}
    now[0] = ANSWERS_WITHIN_S
    assert echoes.take("z/other", b"ON") == []


def test_what_is_awaited_is_bounded_and_an_answer_is_short() -> None:
    echoes = AwaitedEchoes(lambda: 0.0)
    assert all(echoes.add(f"n{i}", LAMP, 30) for i in range(MOST))
    assert not echoes.add("one too many", LAMP, 30)
    assert echoes.add("n0", LAMP, 30)
    assert Asking((), ("z/lamp",)).is_echo(b"x")
    assert echoes.take("z/lamp", b"ON" + bytes(70_000)) == []
