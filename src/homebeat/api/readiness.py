"""Answers `/readyz` within the time that a monitor waits, whatever the database does.

A database that hangs gives no answer at all. So a thread of its own asks it. Only one such thread runs at a time, however many
requests come. No answer in time counts as a failure.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Final, TypeVar

from homebeat.actions.pulse import pulse
from homebeat.api.context import ApiContext
from homebeat.api.guard import find_caller
from homebeat.domain.errors import Unavailable
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING

#: Together below the 2 s that a monitor waits at least; a busy machine needs the rest.
_DATABASE_S: Final = 1
_TOKEN_S: Final = 0.7

T = TypeVar("T")
Parts = dict[str, str | None]
Notes = Mapping[str, str]


class Readiness:
    """Checks every part. For one event loop."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context
        self._asking: Future[tuple[Parts, Notes]] | None = None

    async def check(self) -> tuple[Parts, Notes]:
        """Check every part; returns what is wrong with each (None: it works), and what else a person should look at."""
        if self._asking is None or self._asking.done():
            self._asking = _begin(lambda: check_stored(self._context))
        found = await _wait(self._asking, _DATABASE_S)
        parts, notes = found or ({"database": f"does not answer within {_DATABASE_S} s"}, {})
        # other threads add parts while the service starts
        return parts | {name: check() for name, check in tuple(self._context.checks.items())}, notes

    async def is_known(self, secret: str) -> bool:
        """Whether this is a valid key for the whole installation; False also when the database does not answer in time."""
        return bool(await _wait(_begin(lambda: _is_known(self._context, secret)), _TOKEN_S))


def check_stored(context: ApiContext) -> tuple[Parts, Notes]:
    """Check the database, and by it the services and the outbox. It waits for as long as the database does."""
    found: Parts = {"database": None}
    try:
        with context.store.read(EVERYTHING) as reader:
            now = pulse(reader, context.clock(), context.services)
    except Unavailable:
        return {"database": "does not answer"}, {}
    for name, limit in context.services.items():
        age = now.ages[name]
        found[name] = now.wrong.get(name)
        if age is None:
            found[name] = found[name] or "has never said that it works"
        elif age > limit.total_seconds():
            found[name] = f"last said that it works {age:.0f} s ago; the limit is {limit.total_seconds():.0f} s"
    late = now.outbox_late_s > context.outbox_late.total_seconds()
    found["clock"] = now.clock
    found["outbox"] = f"a notice has been due for {now.outbox_late_s:.0f} s" if late else None
    return found, now.notes


def _is_known(context: ApiContext, secret: str) -> bool:
    try:
        caller = find_caller(context, secret)
        return caller is not None and caller.principal.find_scope(Operation.READ_SERVICE) == EVERYTHING
    except Unavailable:
        return False


def _begin(work: Callable[[], T]) -> Future[T]:
    """Begin work in a daemon thread: the end of the process does not wait for it."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:  # noqa: BLE001 -- the thread's edge: whoever waits for the result gets it
            future.set_exception(error)

    threading.Thread(target=run, name="readyz", daemon=True).start()
    return future


async def _wait(future: Future[T], within_s: float) -> T | None:
    done, _ = await asyncio.wait([asyncio.wrap_future(future)], timeout=within_s)
    return done.pop().result() if done else None
