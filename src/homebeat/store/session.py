"""The two kinds of session: a unit of work, which writes, and a read session, which cannot."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from homebeat.domain.errors import Refused, Unavailable
from homebeat.store.alert_queries import AlertQueries
from homebeat.store.alerts import Alerts
from homebeat.store.answers import Answers
from homebeat.store.changes import ChangeQueries, Changes
from homebeat.store.checkpoints import CheckpointQueries, Checkpoints
from homebeat.store.clock import Clock, ClockQueries
from homebeat.store.database import drop_values, first_line, is_away
from homebeat.store.extras import Extras
from homebeat.store.fleet import FleetQueries, Fleets
from homebeat.store.home_queries import HomeQueries
from homebeat.store.in_hand import InHand, InHandQueries
from homebeat.store.learned import LearnedQueries, LearnedWrites
from homebeat.store.learned_spans import Spans
from homebeat.store.ledger import Ledger
from homebeat.store.log_queries import LogQueries
from homebeat.store.outbox import Outbox
from homebeat.store.outbox_queries import OutboxQueries
from homebeat.store.quarantine import Quarantine, QuarantineQueries
from homebeat.store.reading_queries import ReadingQueries
from homebeat.store.readings import Readings
from homebeat.store.retention import Retention
from homebeat.store.services import HeartbeatQueries, Heartbeats
from homebeat.store.sign_outs import SignOutQueries, SignOuts
from homebeat.store.states import States
from homebeat.store.tenure import Tenures
from homebeat.store.tokens import TokenQueries, Tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from homebeat.store.database import Database
    from homebeat.store.rows import Balance


class UnitOfWork:
    """One writing transaction. Everything done through it is committed together, or not at all."""

    def __init__(self, connection: Connection, database: Database) -> None:
        self.changes = Changes(connection)
        self.readings = Readings(connection, database)
        self.extras = Extras(connection)
        self.quarantine = Quarantine(connection)
        self.alerts = Alerts(connection, self.changes)
        self.outbox = Outbox(connection)
        self.ledger = Ledger(connection)
        self.checkpoints = Checkpoints(connection)
        self.fleet = Fleets(connection, self.changes)
        self.learned = LearnedWrites(connection, self.changes, self.fleet)
        self.spans = Spans(connection, self.fleet)
        self.states = States(connection, self.changes)
        self.tokens = Tokens(connection)
        self.sign_outs = SignOuts(connection)
        self.answers = Answers(connection)
        self.heartbeats = Heartbeats(connection)
        self.clock = Clock(connection)
        self.tenure = Tenures(connection)
        self.retention = Retention(connection, database)
        self.in_hand = InHand(connection)
        self._connection = connection

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part of the transaction that the database may refuse: then it alone is undone, and the rest can go on.

        Raises:
            Refused: The database will not take it.
        """
        noted, acts = self.changes.noted, self._connection.info.setdefault("after_commit", [])
        planned = len(acts)
        try:
            with self._connection.begin_nested():
                yield
        except Exception as error:  # never kept: raised again, as what it is or as `Refused`, so that the rest can be committed
            if isinstance(error, Unavailable) or is_away(error):
                raise
            drop_values(error)
            self.changes.forget(noted)
            del acts[planned:]
            raise Refused(f"{type(error).__name__}: {first_line(error)}") from error


class ReadSession:
    """One consistent state of everything, read-only."""

    def __init__(self, connection: Connection) -> None:
        self.alerts = AlertQueries(connection)
        self.homes = HomeQueries(connection)
        self.readings = ReadingQueries(connection)
        self.log = LogQueries(connection)
        self.outbox = OutboxQueries(connection)
        self.quarantine = QuarantineQueries(connection)
        self.changes = ChangeQueries(connection)
        self.fleet = FleetQueries(connection)
        self.learned = LearnedQueries(connection)
        self.heartbeats = HeartbeatQueries(connection)
        self.clock = ClockQueries(connection)
        self.tokens = TokenQueries(connection)
        self.sign_outs = SignOutQueries(connection)
        self.checkpoints = CheckpointQueries(connection)
        self.in_hand = InHandQueries(connection)
        self._connection = connection

    def ledger(self) -> Balance:
        """The counts that must balance."""
        return Ledger(self._connection).balance()
