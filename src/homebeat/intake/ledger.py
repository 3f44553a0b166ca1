"""Counts what becomes of pushes, and finds the holes: spans in which a cloud's messages were lost."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from homebeat.domain.cloud import PATIENCE, CloudKind
from homebeat.ingest.journal.standing import MOST_HOLES, CloudStanding, Hole, IntakeStanding
from homebeat.intake.push import PushFault

#: A pause between two processes that is shorter costs nothing: a cloud tries again.
SHORTEST_MS: Final = 2_000
DOWN: Final = "down"


class IntakeLedger:
    """The counts and holes of one intake; they go on from what the process before had written.

    Args:
        clouds: Kind by name.
        before: What the process before us wrote last; None for nothing.
        now: Epoch ms.
    """

    def __init__(self, clouds: Mapping[str, CloudKind], before: IntakeStanding | None, now: int) -> None:
        self._kinds = dict(clouds)
        self._lock = threading.Lock()
        known = before.clouds if before is not None else {}
        self._standing = IntakeStanding(started_at=now, turn=before.turn if before else 0, holes=before.holes if before else [])
        for name, kind in clouds.items():
            self._standing.clouds[name] = known.get(name) or CloudStanding(kind.value)
        if before is not None:
            self._enter_pause(before, now)

    def note_taken(self, cloud: str, now: int) -> None:
        """Note that a message is in the journal and was answered in time."""
        with self._lock:
            one = self._standing.clouds[cloud]
            one.taken += 1
            one.taken_at = now
            if one.row:
                self._end_hole(cloud, one, now)

    def note_repeated(self, cloud: str) -> None:
        """Note that a message had been taken before."""
        with self._lock:
            self._standing.clouds[cloud].repeated += 1

    def note_refused(self, cloud: str, why: PushFault) -> None:
        """Note a request that is not the cloud's, or not right."""
        with self._lock:
            _add(self._standing.clouds[cloud].refused, why.value)

    def note_failed(self, cloud: str, why: str, now: int) -> None:
        """Note a message of the cloud that we did not take, or answered too late."""
        with self._lock:
            one = self._standing.clouds[cloud]
            _add(one.failed, why)
            one.row += 1
            one.failed_at = now
            if one.blind_since is None:
                one.blind_since, one.why = now, why

    def note_stranger(self) -> None:
        """Note a request that belongs to no cloud."""
        with self._lock:
            self._standing.strangers += 1

    def note_closed(self, why: str) -> None:
        """Note a connection that a limit closed."""
        with self._lock:
            _add(self._standing.closed, why)

    def make_standing(self, now: int, wrong: str | None, size: int, most: int, cut: int) -> IntakeStanding:
        """Close the holes that are over by themselves, and make what is written now."""
        with self._lock:
            for cloud, one in self._standing.clouds.items():
                over_at = self._find_end(cloud, one)
                if one.blind_since is not None and wrong is None and over_at <= now:
                    self._end_hole(cloud, one, over_at)
            standing = self._standing
            standing.turn += 1
            standing.at, standing.wrong, standing.size, standing.most, standing.cut = now, wrong, size, most, cut
            # the caller writes it while others count on
            return msgspec.convert(msgspec.to_builtins(standing), IntakeStanding)

    def _find_end(self, cloud: str, one: CloudStanding) -> int:
        """Find when a cloud pushes again by itself, if no message of it comes before: then it had none."""
        patience = PATIENCE[self._kinds[cloud]]
        pauses = patience.failures and one.row >= patience.failures
        return one.failed_at + round(1000 * (patience.pause_s if pauses else 1.0))

    def _end_hole(self, cloud: str, one: CloudStanding, until: int) -> None:
        since, one.blind_since, one.row = one.blind_since, None, 0
        if since is not None:
            one.blind_ms += max(0, until - since)
            self._add_hole(cloud, since, max(since, until), one.why)

    def _enter_pause(self, before: IntakeStanding, now: int) -> None:
        """Enter the span between two processes: nobody was here to take anything."""
        for cloud in self._known(before.clouds):
            one = self._standing.clouds[cloud]
            since, why = (before.at, DOWN) if one.blind_since is None else (one.blind_since, one.why)
            one.blind_since, one.row = None, 0
            if now - since >= SHORTEST_MS:
                one.blind_ms += now - since
                self._add_hole(cloud, since, now, why)

    def _known(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if name in self._kinds]

    def _add_hole(self, cloud: str, since: int, until: int, why: str) -> None:
        holes = self._standing.holes
        holes.append(Hole(holes[-1].no + 1 if holes else 1, cloud, since, until, why))
        del holes[:-MOST_HOLES]


def _add(counts: dict[str, int], why: str) -> None:
    counts[why] = counts.get(why, 0) + 1
