"""Follows the intake beside the watch: says when it does not run or messages are lost, and whose devices cannot be heard then.

The intake has no database. It leaves a small file (`ingest.journal.standing`), and the watch tells what stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

import numpy as np

from homebeat.domain.alert import Reason, Subject
from homebeat.domain.cloud import find_cloud
from homebeat.domain.inbound import Message
from homebeat.ingest.journal.reader import JournalState
from homebeat.ingest.journal.standing import CloudStanding, Hole, IntakeStanding
from homebeat.ingest.reading import Intake
from homebeat.store import Heartbeat
from homebeat.stream.batch import I32
from homebeat.watch.own_alerts import OwnAlerts
from homebeat.watch.tick import Detail

CODE: Final = "intake_blind"
#: Under this the heartbeats have the intake.
SERVICE: Final = "intake"
#: The subject of the alert that the intake does not run.
ALL_CLOUDS: Final = Subject(service=SERVICE)
DOWN: Final = "down"
#: A file that did not change for so long is of an intake that does not run.
_STALE_MS: Final = 10_000
#: A shorter loss is counted and no alert: a restart takes as long, and clouds try again.
ALERTED_MS: Final = 15_000
#: Messages that wait longer in the journal are counted as not heard yet.
_WAITS_MS: Final = 60_000


def _read_nothing() -> IntakeStanding | None:
    return None


class CloudPushes:
    """What is known of the clouds that push, and of the intake that takes it. One thread owns it.

    Args:
        clouds: The names of the clouds that are set up; none where none is.
        read: Reads what the intake left; None where there is nothing.
        get_journal: How the reading of the journal stands; None where there is no journal.
    """

    def __init__(
        self,
        clouds: Collection[str] = (),
        read: Callable[[], IntakeStanding | None] = _read_nothing,
        get_journal: Callable[[], JournalState] | None = None,
    ) -> None:
        self._clouds, self._read, self._get_journal = frozenset(clouds), read, get_journal
        self._devices: dict[str, set[int]] = {}
        self._turn, self._turned_at = -1, 0
        self._newest = 0
        self._is_down = False
        self._failing: set[str] = set()

    def begin(self, beats: Mapping[str, Heartbeat], steady: int) -> None:
        """Go on from what an earlier watch had told; `steady` by a clock that never steps, ms."""
        self._turned_at = steady
        if self._clouds and (standing := self._read()) is not None:
            self._turn = standing.turn  # it may be of an intake that died long ago
        if (beat := beats.get(SERVICE)) is not None:
            self._newest = int(beat.detail.get("hole") or 0)

    def note_devices(self, messages: Sequence[Message], intake: Intake) -> None:
        """Note which devices (roster rows) speak through which cloud."""
        if not self._clouds or not any(message.token < 0 for message in messages):
            return
        names = [find_cloud(message.topic) if message.token < 0 else None for message in messages]
        for name in self._clouds.intersection(filter(None, names)):
            mine = np.array([one == name for one in names], np.bool_)
            rows = intake.batch.device[mine[intake.message_of]]
            self._devices.setdefault(name, set()).update(np.unique(rows).tolist())

    def look(self, own_alerts: OwnAlerts, now: int, steady: int) -> tuple[I32, Mapping[str, Detail]]:
        """Look how the intake stands, and open and clear what has to be said.

        Args:
            own_alerts: Takes the alerts.
            now: Epoch ms.
            steady: By a clock that never steps, ms.

        Returns:
            The roster rows of devices that cannot be heard now or could not until a moment ago, and the heartbeat of the intake.
        """
        if not self._clouds:
            return np.empty(0, np.int32), {}
        standing = self._read()
        is_alive = standing is not None and standing.turn != self._turn
        if standing is not None and is_alive:
            self._turn, self._turned_at = standing.turn, steady
        is_down = steady - self._turned_at >= _STALE_MS
        deaf = set(self._clouds) if is_down else set[str]()
        self._say_down(own_alerts, standing, now, is_down=is_down, for_ms=steady - self._turned_at)
        journal = self._get_journal() if self._get_journal is not None else None
        if journal is not None and journal.oldest_at is not None and now - journal.oldest_at > _WAITS_MS:
            deaf |= self._clouds
        if standing is None:
            return self._list_rows(deaf), {}
        deaf |= self._say_failing(own_alerts, standing, now) | self._say_holes(own_alerts, standing)
        return self._list_rows(deaf), {SERVICE: self._describe(standing, journal)} if is_alive else {}

    def _say_down(self, own_alerts: OwnAlerts, standing: IntakeStanding | None, now: int, *, is_down: bool, for_ms: int) -> None:
        if is_down and not self._is_down and for_ms >= ALERTED_MS:
            self._is_down = True
            since = now - for_ms if standing is None else standing.at
            own_alerts.open(CODE, ALL_CLOUDS, Reason("intake_down", {"since_at": since}), since=since)
        elif self._is_down and not is_down:
            self._is_down = False
            own_alerts.clear(CODE, ALL_CLOUDS, Reason("intake_back"))

    def _say_failing(self, own_alerts: OwnAlerts, standing: IntakeStanding, now: int) -> set[str]:
        """Say which clouds' messages are being lost; returns the clouds."""
        lost = {name: one for name, one in standing.clouds.items() if one.blind_since is not None and name in self._clouds}
        for name, one in lost.items():
            since = one.blind_since or now
            if name not in self._failing and now - since >= ALERTED_MS:
                self._failing.add(name)
                reason = Reason("intake_failing", {"cloud": name, "loss": one.why, "since_at": since})
                own_alerts.open(CODE, _make_subject(name), reason, since=since)
        return set(lost)

    def _say_holes(self, own_alerts: OwnAlerts, standing: IntakeStanding) -> set[str]:
        """Say what was lost since the last look; returns whose it was."""
        fresh = [hole for hole in standing.holes if hole.no > self._newest and hole.cloud in self._clouds]
        self._newest = max(self._newest, *(hole.no for hole in standing.holes), 0)
        for hole in fresh:
            self._failing.discard(hole.cloud)
            if hole.until - hole.since >= ALERTED_MS:
                self._say_hole(own_alerts, hole)
        return {hole.cloud for hole in fresh}

    def _say_hole(self, own_alerts: OwnAlerts, hole: Hole) -> None:
        """Say what was lost of a cloud. The condition is over; somebody has to close the alert."""
        params: dict[str, float | int | str] = {
            "cloud": hole.cloud,
            "loss": hole.why,
            "since_at": hole.since,
            "until_at": hole.until,
        }
        own_alerts.open(CODE, _make_subject(hole.cloud), Reason("intake_hole", params), since=hole.since)
        own_alerts.clear(CODE, _make_subject(hole.cloud), Reason("intake_back"))

    def _list_rows(self, clouds: Collection[str]) -> I32:
        rows = sorted({row for name in clouds for row in self._devices.get(name, ())})
        return np.array(rows, np.int32)

    def _describe(self, standing: IntakeStanding, journal: JournalState | None) -> Detail:
        """Describe the intake for its heartbeat: what is wrong, what a person should look at, and the counts."""
        wrong = {
            "full": "the journal is full: clouds get 503",
            "disk": "the disk takes nothing: clouds get 503",
            "stuck": "it answers nobody",
        }
        notes = [f"{name} loses messages ({one.why})" for name, one in standing.clouds.items() if one.blind_since is not None]
        if journal is not None and journal.damaged:
            notes.append(f"{journal.damaged} bytes of the journal were damaged")
        detail: dict[str, str | float | bool | None] = {
            "wrong": wrong.get(standing.wrong or "", standing.wrong) or (None if journal is None else journal.wrong),
            "noted": "; ".join(notes) or None,
            "hole": self._newest,
            "journal_bytes": standing.size,
            "journal_waiting": 0 if journal is None else journal.waiting,
            "journal_damaged": standing.cut + (0 if journal is None else journal.damaged),
            "closed": sum(standing.closed.values()),
            "strangers": standing.strangers,
        }
        for name, one in standing.clouds.items():
            detail |= {
                f"taken {name}": one.taken,
                f"repeated {name}": one.repeated,
                f"blind_ms {name}": _sum_blind_ms(one, standing.at),
            }
            detail |= {f"refused {name} {why}": count for why, count in one.refused.items()}
            detail |= {f"failed {name} {why}": count for why, count in one.failed.items()}
        return detail


def _sum_blind_ms(one: CloudStanding, now: int) -> int:
    return one.blind_ms + (0 if one.blind_since is None else max(0, now - one.blind_since))


def _make_subject(cloud: str) -> Subject:
    return Subject(service=f"{SERVICE}-{cloud}")
