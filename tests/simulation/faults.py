"""What goes wrong around the database: a process that dies at any statement, a database that is away, somebody who is quicker."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, Engine, event, literal

from homebeat.domain.errors import Unavailable
from homebeat.domain.scope import EVERYTHING, Scope
from homebeat.store import Store, UnitOfWork
from homebeat.store.base import bulk
from homebeat.store.base.database import Database, get_driver_connection
from homebeat.store.operation.tenure import Fence, Tenures
from homebeat.store.sealing.key_file import KeyFile
from tests.keys import KEY_FILE

#: The tables that the invariants look at.
SEEN: Final = frozenset({"alert", "transition", "deadline", "visit", "outbox", "held_edge", "silence", "follow_up", "circuit"})
#: How often, of all transactions; of those of a watch, which has many, a third of that.
AWAY: Final = 0.004
DIES_WITHIN: Final = 0.008
DIES_BEFORE_COMMIT: Final = 0.003
DIES_AFTER_COMMIT: Final = 0.003
IN_DOUBT: Final = 0.002
OVERTAKEN: Final = 0.2
_WATCHING: Final = 1 / 3
#: Of the transactions of a watch: the answer to the commit is lost, or the process stands still before it.
IN_DOUBT_WATCHING: Final = 0.25
STANDS_STILL: Final = 0.01
#: Of the points before and after a message is sent, and of those of a tick.
DIES_SENDING: Final = 0.02
DIES_WATCHING: Final = 0.003
#: A process that dies within a transaction dies at one of so many writing statements.
_STATEMENTS: Final = 6
#: A writing statement, and its table.
_WRITES: Final = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")


class Died(BaseException):
    """The process is gone. No fence of the product may catch it: nothing runs in a process that is gone."""


class Leases(Tenures):
    """The lease, by the clock of the simulation."""

    def __init__(self, connection: Connection, now: int) -> None:
        super().__init__(connection)
        self._now = literal(now, BigInteger)


class CountedDriver:
    """A connection of the driver whose statements are counted."""

    def __init__(self, driver: Any, count: Callable[[str], None]) -> None:
        self._driver, self._count = driver, count

    def execute(self, statement: str, values: Any) -> Any:
        """Execute a statement of the driver."""
        self._count(statement)
        return self._driver.execute(statement, values)


class FaultyStore(Store):
    """A store at whose transactions things go wrong.

    Attributes:
        on: Whether anything goes wrong.
        overtake: Called before a transaction begins: others may do something first.
        stand_still: Called before a transaction of a watch begins: it stands still for a while.
        observe: Called after each commit, with the lease under which it was made, and to which of `SEEN` it wrote.
        now: The clock of the database, epoch ms.
        pass_point: Called before and after each commit, and at each named point; it may kill.
        pass_time: Called before each transaction: no two fall on one millisecond.
    """

    def __init__(self, url: str, chance: random.Random) -> None:
        super().__init__(Database.parse(url), KeyFile(KEY_FILE))
        self.on = False
        self.overtake: Callable[[], None] = lambda: None
        self.stand_still: Callable[[], None] = lambda: None
        self.observe: Callable[[Fence | None, frozenset[str]], None] = lambda _fence, _changed: None
        self.now: Callable[[], int] = lambda: 0
        self.pass_point: Callable[[str], None] = lambda _name: None
        self.pass_time: Callable[[], None] = lambda: None
        self._chance = chance
        self._left = -1
        self._changed: set[str] = set()

    @contextmanager
    def begin(self, fence: Fence | None = None, scope: Scope = EVERYTHING) -> Iterator[UnitOfWork]:
        self.pass_time()
        if self._happens(OVERTAKEN):
            self.overtake()
        if fence is not None and self._happens(STANDS_STILL):
            self.stand_still()
        share = 1 if fence is None else _WATCHING
        if self._happens(AWAY * share):
            raise Unavailable("the database is away, in this simulation")
        dies_within = self._happens(DIES_WITHIN * share)
        try:
            with super().begin(None, scope) as tx:
                tx.tenure = Leases(tx.connection, self.now())
                if fence is not None:
                    tx.tenure.renew(fence)
                self._changed.clear()
                self._left = self._chance.randrange(_STATEMENTS) if dies_within else -1
                yield tx
                self.pass_point("before commit")
                if self._happens(DIES_BEFORE_COMMIT * share):
                    raise Died
        finally:
            self._left = -1
        self.observe(fence, frozenset(self._changed))
        self.pass_point("after commit")
        if self._happens(DIES_AFTER_COMMIT * share):
            raise Died
        if self._happens(IN_DOUBT if fence is None else IN_DOUBT_WATCHING):
            raise Unavailable("the connection was lost at the commit, in this simulation")

    def pass_failpoint(self, name: str) -> None:
        """The deliverer dies here, now and then."""
        self.pass_point(name)
        if self._happens(DIES_SENDING):
            raise Died

    def pass_watch_failpoint(self, name: str) -> None:
        """The watch dies here, now and then."""
        self.pass_point(name)
        if self._happens(DIES_WATCHING):
            raise Died

    def _happens(self, rate: float) -> bool:
        return self.on and self._chance.random() < rate

    @contextmanager
    def watch_statements(self) -> Iterator[None]:
        """Count writing statements, so that a process can die at one of them; also those that are given to the driver itself."""

        def count(_connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
            self._count(statement)

        def get_counted(connection: Connection) -> Any:
            return CountedDriver(get_driver_connection(connection), self._count)

        event.listen(Engine, "before_cursor_execute", count)
        bulk.get_driver_connection = get_counted  # type: ignore[attr-defined]
        try:
            yield
        finally:
            event.remove(Engine, "before_cursor_execute", count)
            bulk.get_driver_connection = get_driver_connection  # type: ignore[attr-defined]

    def _count(self, statement: str) -> None:
        writes = _WRITES.match(statement)
        if writes is None:
            return
        if writes[1] in SEEN:
            self._changed.add(writes[1])
        if self._left >= 0:
            self._left -= 1
            if self._left < 0:
                raise Died
