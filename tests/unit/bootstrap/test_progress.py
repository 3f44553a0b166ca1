"""How far long work is: one line that changes on a terminal, a plain line now and then elsewhere, and nothing too often."""

from __future__ import annotations

import io
import sys

import pytest

from homebeat.bootstrap.progress import CHECKED, READ, Progress
from homebeat.wording import Wording


class Terminal(io.StringIO):
    """Standard error as a terminal has it."""

    def isatty(self) -> bool:
        return True


class Seconds:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_elsewhere_a_plain_line_is_written_each_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Seconds()
    progress = Progress(Wording("en"), clock)
    progress.begin(CHECKED, 20_000)
    for _ in range(1_234):
        progress.add()
    clock.now += 9.9
    progress.add()
    assert capsys.readouterr().err == "", "work that is done in seconds says nothing"
    clock.now += 0.1
    progress.add(1_000)
    progress.add()
    assert capsys.readouterr().err == "homes checked: 2,235 / 20,000\n"
    clock.now += 10
    progress.add()
    assert capsys.readouterr().err == "homes checked: 2,237 / 20,000\n"
    progress.clear()
    assert capsys.readouterr().err == "", "a line that was written stays"


def test_the_next_step_counts_from_nothing_and_need_not_know_how_many_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Seconds()
    progress = Progress(Wording("zh-CN"), clock)
    progress.begin(CHECKED, 20_000)
    progress.add(500)
    progress.begin(READ)
    clock.now += 10
    progress.add(3)
    assert capsys.readouterr().err == f"{Wording('zh-CN').text(READ)}: 3\n"
    assert Wording("zh-CN").text(READ) != READ


def test_what_counts_by_itself_is_shown_as_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Seconds()
    progress = Progress(Wording("en"), clock)
    progress.begin(CHECKED, 20_000)
    clock.now += 10
    progress("readings", 1_000_000)
    assert capsys.readouterr().err == "readings: 1,000,000\n", "of another noun nobody said how many there are"


def test_on_a_terminal_one_line_is_written_over_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, terminal = Seconds(), Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    progress = Progress(Wording("en"), clock)
    progress.clear()
    assert terminal.getvalue() == "", "nothing was shown"
    progress.begin(READ)
    for _ in range(3):
        clock.now += 0.25
        progress.add(700)
    (line,) = terminal.getvalue().split("\r")[1:]
    assert line.rstrip() == "rows read: 1,400"
    progress.clear()
    assert "\n" not in terminal.getvalue()
    assert terminal.getvalue().endswith(" " * len(line) + "\r"), "all of it is blank"
