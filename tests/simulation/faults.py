"""What goes wrong around the database: a process that dies at any statement, a database that is away, somebody who is quicker."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Delete, Engine, Insert, Update, event

from homebeat.domain.errors import Unavailable
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.store import Store, UnitOfWork
from homebeat.store.base.database import Database
from homebeat.store.operation.tenure import Fence
from homebeat.store.sealing.key_file import KeyFile
from tests.keys import KEY_FILE

#: How often, of all transactions.
AWAY: Final = 0.004
DIES_WITHIN: Final = 0.008
DIES_BEFORE_COMMIT: Final = 0.003
DIES_AFTER_COMMIT: Final = 0.003
IN_DOUBT: Final = 0.002
OVERTAKEN: Final = 0.2
#: Of the points before and after a message is sent.
DIES_SENDING: Final = 0.02
#: A process that dies within a transaction dies at one of so many writing statements.
_STATEMENTS: Final = 6


class Died(BaseException):
    """The process is gone. No fence of the product may catch it: nothing runs in a process that is gone."""


class FaultyStore(Store):
    """A store at whose transactions things go wrong.

    Attributes:
        on: Whether anything goes wrong.
        overtake: Called before a transaction begins: others may do something first.
        observe: Called after each commit.
        pass_time: Called before each transaction: no two fall on one millisecond.
    """

    def __init__(self, url: str, chance: random.Random) -> None:
        super().__init__(Database.parse(url), KeyFile(KEY_FILE))
        self.on = False
        self.overtake: Callable[[], None] = lambda: None
        self.observe: Callable[[], None] = lambda: None
        self.pass_time: Callable[[], None] = lambda: None
        self._chance = chance
        self._left = -1

    @contextmanager
    def begin(self, fence: Fence | None = None, scope: Scope = EVERYTHING) -> Iterator[UnitOfWork]:
        self.pass_time()
        if self._happens(OVERTAKEN):
            self.overtake()
        if self._happens(AWAY):
            raise Unavailable("the database is away, in this simulation")
        dies_within = self._happens(DIES_WITHIN)
        try:
            with super().begin(fence, scope) as tx:
                self._left = self._chance.randrange(_STATEMENTS) if dies_within else -1
                yield tx
                if self._happens(DIES_BEFORE_COMMIT):
                    raise Died
        finally:
            self._left = -1
        self.observe()
        if self._happens(DIES_AFTER_COMMIT):
            raise Died
        if self._happens(IN_DOUBT):
            raise Unavailable("the connection was lost at the commit, in this simulation")

    def pass_failpoint(self, _name: str) -> None:
        """The deliverer dies here, now and then."""
        if self._happens(DIES_SENDING):
            raise Died

    def _happens(self, rate: float) -> bool:
        return self.on and self._chance.random() < rate

    @contextmanager
    def watch_statements(self) -> Iterator[None]:
        """Count writing statements, so that a process can die at one of them."""

        def count(connection: Connection, clause: Any, *_rest: Any) -> None:
            if self._left >= 0 and isinstance(clause, Insert | Update | Delete):
                self._left -= 1
                if self._left < 0:
                    raise Died

        event.listen(Engine, "before_execute", count)
        try:
            yield
        finally:
            event.remove(Engine, "before_execute", count)
