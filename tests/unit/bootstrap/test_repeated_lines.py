"""The log stays readable, and small, whatever repeats itself."""

from __future__ import annotations

import asyncio
import errno
import io
import logging

from homebeat.bootstrap.repeated_lines import FIRST, LimitedHandler


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def logger_to(sink: io.StringIO, clock: Clock) -> logging.Logger:
    logger = logging.getLogger("homebeat.test")
    logger.handlers, logger.propagate = [LimitedHandler(sink, clock)], False
    return logger


def test_the_first_lines_of_a_kind_and_then_a_count() -> None:
    sink, clock = io.StringIO(), Clock()
    logger = logger_to(sink, clock)
    for number in range(10_000):
        logger.warning("connection %d was refused", number)
    assert sink.getvalue().splitlines() == [f"connection {number} was refused" for number in range(FIRST)]
    clock.now = 61.0
    logger.warning("connection %d was refused", 10_000)
    assert sink.getvalue().splitlines()[FIRST:] == [
        f"{10_000 - FIRST} more lines of this kind within 61 s: connection %d was refused",
        "connection 10000 was refused",
    ]


def test_numbers_in_a_text_without_a_template_make_no_kinds_of_their_own() -> None:
    sink, clock = io.StringIO(), Clock()
    logger = logger_to(sink, clock)
    for number in range(1_000):
        logger.error(f"socket {number} at 0x{number:x}: too many open files")  # noqa: G004  as asyncio writes it
    assert len(sink.getvalue().splitlines()) == FIRST


def test_other_kinds_and_the_last_word_of_a_process_are_not_held_back() -> None:
    sink, clock = io.StringIO(), Clock()
    logger = logger_to(sink, clock)
    for _ in range(100):
        logger.warning("again")
        logger.critical("ending this process")
    logger.warning("something else")
    lines = sink.getvalue().splitlines()
    assert (lines.count("again"), lines.count("ending this process"), lines[-1]) == (FIRST, 100, "something else")


def test_thousands_of_kinds_are_not_all_remembered() -> None:
    sink, clock = io.StringIO(), Clock()
    logger = logger_to(sink, clock)
    letters = "abcdefghij"
    for number in range(5_000):
        logger.warning("kind " + "".join(letters[int(digit)] for digit in str(number)))  # noqa: G003
    handler = logger.handlers[0]
    assert isinstance(handler, LimitedHandler)
    assert len(handler._repeated._windows) <= 500


def test_accepting_without_descriptors_writes_a_few_lines() -> None:
    sink, clock = io.StringIO(), Clock()
    handler = LimitedHandler(sink, clock)
    logger = logging.getLogger("asyncio")
    logger.addHandler(handler)
    logger.propagate = False
    loop = asyncio.new_event_loop()
    try:
        for number in range(2_000):
            error = OSError(errno.EMFILE, "Too many open files")
            loop.call_exception_handler(
                {"message": "socket.accept() out of system resource", "exception": error, "socket": number}
            )
    finally:
        loop.close()
        logger.removeHandler(handler)
        logger.propagate = True
    assert sink.getvalue().count("socket.accept() out of system resource") == FIRST
    assert len(sink.getvalue()) < 20_000
