"""The loop that looks for deadlines that have run out, and goes on with their plans.

A look and what follows from it are one transaction, so no claim has to be remembered: a process that dies in the middle has done
nothing, and the next look finds the same deadlines. Several processes may look; each deadline is followed once, because the
alert is locked and its deadline is read again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from homebeat.actions import GoOn, KeepDeadlines, MissVisits, OpenHeld, Perform, SayDeadLetters, perform_in
from homebeat.actions.enter_early_receipts import enter_early_receipts, list_early_receipts
from homebeat.actions.enter_hours import enter_hours
from homebeat.actions.watch_complaints import watch_complaints
from homebeat.actions.watch_duty import watch_duty
from homebeat.actions.watch_follow_ups import watch_follow_ups
from homebeat.actions.watch_platforms import watch_platforms
from homebeat.actions.watch_providers import watch_providers
from homebeat.actions.write_family_notes import write_family_notes
from homebeat.domain.errors import Unavailable
from homebeat.domain.ids import AlertId
from homebeat.domain.principal import CLOCK
from homebeat.domain.rota import Holidays
from homebeat.domain.scope import EVERYTHING
from homebeat.response.setup import ResponseSetup
from homebeat.response.situation import Pair
from homebeat.store import Store

SERVICE: Final = "deadlines"
#: After a fault of ours a deadline is tried again this much later; the others are not held up.
PUT_OFF_MS: Final = 60_000
_AWAY_S: Final = 1.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeeperLimits:
    """How often, and how much at once.

    Attributes:
        every_s: Between two looks.
        batch: How many deadlines one transaction follows. It bounds how long an SOS may wait for the database.
        beat_every_s: Between two heartbeats.
        check_every_s: Between two checks that every alert has a deadline.
    """

    every_s: float = 1.0
    batch: int = 200
    beat_every_s: float = 5.0
    check_every_s: float = 60.0


class DeadlineKeeper:
    """Follows deadlines, and sees that somebody is on duty.

    Args:
        store: The database.
        setup: The response plans, and what links in notices begin with.
        clock: The database's clock, epoch ms.
        on_notices: Called after a commit that put notices into the outbox.
    """

    def __init__(
        self,
        store: Store,
        setup: ResponseSetup,
        clock: Callable[[], int],
        on_notices: Callable[[], None] = lambda: None,
        limits: KeeperLimits | None = None,
    ) -> None:
        self._store = store
        self._perform = Perform(store, clock, setup)
        self._setup = setup
        self._clock = clock
        self._on_notices = on_notices
        self._limits = limits or KeeperLimits()
        self._beat_at = self._checked_at = 0
        self._followed = self._failed = self._unkept = 0
        self._last_fault = ""
        self._left: dict[AlertId, int] = {}
        # followed once: two processes with other settings would write to everybody each minute, each taking back the other's word
        self._calendars: Mapping[str, Holidays] | None = setup.calendars

    def run(self, stop: threading.Event) -> None:
        """Follow deadlines until `stop` is set."""
        while not stop.wait(self.turn()):
            continue

    def step(self, now: int) -> int:
        """Follow what has run out at `now` (epoch ms); returns how many went on.

        Raises:
            Unavailable: The database is away. Nothing is lost: what has run out stays so.
        """
        followed = self._go_on(now)
        self._try(self._say_dead_letters, now)
        self._try(self._enter_early_receipts, now)
        return followed + self._miss_visits(now)

    def _go_on(self, now: int) -> int:
        followed = 0
        while True:
            with self._store.read(EVERYTHING) as reader:
                due = reader.deadlines.find_due(now, self._limits.batch)
            if not due:
                return followed
            went_on = self._follow(due, now)
            followed += went_on
            if went_on:
                self._on_notices()
            # fewer than were found: somebody is changing the others right now
            if len(due) < self._limits.batch or went_on < len(due):
                return followed

    def _miss_visits(self, now: int) -> int:
        """Say of overdue visits that nobody came; one that fails is left for the next look, and holds up no other."""
        with self._store.read(EVERYTHING) as reader:
            overdue = {visit.alert_id for visit in reader.visits.find_due(now, self._limits.batch)}
        # one that failed is left for a minute, here alone: another process may have better luck
        self._left = {alert: until for alert, until in self._left.items() if now < until <= now + PUT_OFF_MS}
        return self._miss(sorted(overdue - self._left.keys()), now)

    def _miss(self, alerts: Sequence[AlertId], now: int) -> int:
        """Say it of these together, or if that fails of each by itself."""
        if not alerts:
            return 0
        try:
            return self._perform(CLOCK, MissVisits(alerts))
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 -- as in `_follow`
            if len(alerts) > 1:
                return sum(self._miss([alert], now) for alert in alerts)
            self._note_fault(error)
            self._left[alerts[0]] = now + PUT_OFF_MS
            return 0

    def _enter_early_receipts(self, now: int) -> None:
        for numbers in list_early_receipts(self._store, now):
            self._try(partial(_enter_early, self._perform, numbers), now)

    def _say_dead_letters(self, now: int) -> None:
        """Say of messages that no channel of somebody has brought them."""
        with self._store.read(EVERYTHING) as reader:
            has_due = reader.dead_letters.has_due(now)
        if has_due and (refused := self._perform(CLOCK, SayDeadLetters(self._limits.batch))):
            _log.warning("of %d dead letters it could not be said yet that nobody got them", refused)

    def check(self, now: int) -> int:
        """Give a deadline to every alert that waits for people and has none; returns how many there were: it must be none."""
        with self._store.read(EVERYTHING) as reader:
            unkept = reader.deadlines.find_unkept(self._limits.batch)
        if not unkept:
            return 0
        with self._store.begin() as tx:
            kept: int = perform_in(tx, CLOCK, KeepDeadlines(unkept), now, self._setup)
        if kept:
            _log.error("%d alerts that wait for people had no deadline; their plans begin now", kept)
            self._unkept += kept
        return kept

    def open_held(self, now: int) -> int:
        """Decide again on what was held back, where that is over at `now` (epoch ms); returns how many alerts opened.

        Many together, or if that fails each by itself: one that fails is left for the next check, and holds up no other. However
        many they are, no deadline waits for more than one batch of them.
        """
        opened, seen, left = 0, set[Pair](), 0
        while True:
            with self._store.read(EVERYTHING) as reader:  # of the last batch some may be left as well
                over = reader.held.find_over(now, left + 2 * self._limits.batch)
            pairs = [pair for pair in over if pair not in seen][: self._limits.batch]
            if not pairs:
                return opened
            left = sum(pair in seen for pair in over)
            seen.update(pairs)
            opened += self._open(pairs)
            self.step(self._clock())

    def _open(self, pairs: Sequence[Pair]) -> int:
        try:
            opened = self._perform(CLOCK, OpenHeld(pairs)) if pairs else 0
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 -- as in `_follow`
            if len(pairs) > 1:
                return sum(self._open([pair]) for pair in pairs)
            self._note_fault(error)
            return 0
        if opened:
            self._on_notices()
        return opened

    def beat(self, now: int) -> None:
        """Write the heartbeat."""
        wrong = f"{self._unkept} alerts had no deadline, and got one; report it" if self._unkept else ""
        fault = (
            f"{self._failed} deadlines could not be followed ({self._last_fault}); they are tried again" if self._failed else ""
        )
        noted = "; ".join(text for text in (wrong, fault) if text)
        detail = {"followed": self._followed, "failed": self._failed, "unkept": self._unkept, "noted": noted or None}
        with self._store.begin() as tx:
            tx.heartbeats.beat(SERVICE, now, detail)

    def turn(self) -> float:
        """One turn of the loop; returns how long to wait before the next, in seconds."""
        limits = self._limits
        try:
            now = self._clock()
            self.step(now)
            # also when the clock went back
            if not 0 <= now - self._checked_at < limits.check_every_s * 1000:
                self._checked_at = now
                others = (
                    self._watch_providers,
                    self._watch_complaints,
                    self._watch_platforms,
                    self._enter_hours,
                    self._watch_follow_ups,
                    self._write_notes,
                )
                for task in (self.check, self.open_held, self._watch_duty, *others):
                    self._try(task, now)
            if not 0 <= now - self._beat_at < limits.beat_every_s * 1000:
                self.beat(now)
                self._beat_at = now
        except Unavailable as away:
            _log.warning("deadlines cannot be read: %s", away)
            return _AWAY_S
        except Exception as error:  # noqa: BLE001 -- the thread's edge: counted and logged; a dead loop would be silent
            self._note_fault(error)
            return _AWAY_S
        return limits.every_s

    def _try(self, task: Callable[[int], object], now: int) -> None:
        """Do one task; one that fails costs no other."""
        try:
            task(now)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 -- counted and logged; it is tried again in the next turn
            self._note_fault(error)

    def _watch_duty(self, now: int) -> None:
        watch_duty(self._store, self._perform, now, self._calendars)
        self._calendars = None

    def _watch_platforms(self, now: int) -> None:
        watch_platforms(self._store, self._perform, now)

    def _watch_providers(self, now: int) -> None:
        watch_providers(self._store, self._perform, now)

    def _watch_complaints(self, _now: int) -> None:
        watch_complaints(self._store, self._perform)

    def _watch_follow_ups(self, now: int) -> None:
        watch_follow_ups(self._store, self._perform, now)

    def _enter_hours(self, now: int) -> None:
        enter_hours(self._store, self._perform, now)

    def _write_notes(self, now: int) -> None:
        if write_family_notes(self._store, self._perform, now):
            self._on_notices()

    def _follow(self, due: Sequence[AlertId], now: int) -> int:
        """Follow these together, or if that fails each by itself: one alert never costs another."""
        try:
            with self._store.begin() as tx:
                went_on: int = perform_in(tx, CLOCK, GoOn(due), now, self._setup)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is found out alert by alert
            if len(due) == 1:
                self._put_off(due[0], error, now)
                return 1
            _log.warning("%d deadlines cannot be followed together (%s): one by one", len(due), type(error).__name__)
            return sum(self._follow([alert], now) for alert in due)
        self._followed += went_on
        return went_on

    def _put_off(self, alert: AlertId, error: Exception, now: int) -> None:
        self._note_fault(error)
        with self._store.begin() as tx:
            tx.deadlines.put_off(alert, now + PUT_OFF_MS, now)

    def _note_fault(self, error: Exception) -> None:
        _log.error("deadlines met an unforeseen error", exc_info=error)
        self._failed += 1
        self._last_fault = type(error).__name__


def _enter_early(perform: Perform, numbers: Sequence[int], _now: int) -> None:
    enter_early_receipts(perform, numbers)
