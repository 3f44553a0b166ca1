"""Bands that are asked: who answers, and who cannot."""

from __future__ import annotations

import json

from simulators.answers import BandAnswers
from simulators.estate import Habitat
from simulators.localdays import HOUR, format_iso
from simulators.plan import Event, EventKind
from simulators.street import Street
from tests.unit.simulators.decoding import START

STREET = Street(3, 60, habitat=Habitat(band_share=1.0))
NOON = START + 30 * HOUR
WORN = [row for row in range(60) if STREET.find_band_state(row, NOON).worn]


def ask(answers: BandAnswers, row: int, question: str = "a1", until: int = NOON + HOUR, **more: str) -> tuple[str, bytes] | None:
    command = {"id": question, "command": "ask", "at": format_iso(NOON), "expires_at": format_iso(until)} | more
    return answers.answer(f"homebeat/v1/{STREET.bands[row]}/commands", json.dumps(command).encode(), NOON)


def test_who_wears_the_band_answers_on_the_topic_of_its_readings() -> None:
    answer = ask(BandAnswers(STREET, willing=1.0), WORN[0])
    assert answer is not None
    topic, payload = answer
    assert topic == f"homebeat/v1/{STREET.bands[WORN[0]]}/readings"
    assert json.loads(payload) == {"at": NOON, "alarm": "ok"}


def test_some_do_not_and_the_same_question_is_answered_the_same_way() -> None:
    answers = BandAnswers(STREET, willing=0.5)
    first = [ask(answers, row, f"a{n}") for n in range(20) for row in WORN]
    assert first == [ask(answers, row, f"a{n}") for n in range(20) for row in WORN]
    assert 0.4 < sum(a is not None for a in first) / len(first) < 0.6


def test_somebody_on_the_floor_is_silent_and_so_is_a_band_on_the_table() -> None:
    fallen = Event(EventKind.COLLAPSE, WORN[0], NOON - HOUR)
    assert ask(BandAnswers(STREET, (fallen,), 1.0), WORN[0]) is None
    off = next(row for row in range(60) if row not in WORN)
    assert ask(BandAnswers(STREET, willing=1.0), off) is None


def test_what_came_too_late_or_is_no_question_is_not_answered() -> None:
    answers = BandAnswers(STREET, willing=1.0)
    assert ask(answers, WORN[0], until=NOON) is None
    assert ask(answers, WORN[0], command="blink") is None
    assert answers.answer("homebeat/v1/wm-00001/commands", b"{}", NOON) is None
    assert answers.answer(f"homebeat/v1/{STREET.bands[WORN[0]]}/commands", b"\xff", NOON) is None
