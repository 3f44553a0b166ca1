"""Values about the service itself; times in epoch milliseconds UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from homebeat.domain.instants import is_from_the_future


@dataclass(frozen=True, slots=True)
class Change:
    """One change for the live stream. `kind` is `alert`, `resident`, `device` or `fleet`; `ref` is the id of what changed."""

    id: int
    kind: str
    ref: str
    at: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """When a service last sent a heartbeat, by the database's clock (epoch ms), and its detail."""

    name: str
    at: int
    detail: Mapping[str, str | int | float | bool | None]

    def compute_age_s(self, now: int) -> float | None:
        """Compute how long ago that was, in seconds; None when it lies in the future: a wrong clock proves nothing."""
        return None if is_from_the_future(self.at, now) else max(0, now - self.at) / 1000


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Engine state and the log position it includes. `version` says which code can read `state`."""

    position: int
    at: int
    version: str
    state: bytes


@dataclass(frozen=True, slots=True)
class ClockStep:
    """A step of the clock that the engine followed; times epoch ms.

    Attributes:
        no: The number of the step, from 1.
        position: The end of the log then.
        before: Up to where the engine had judged. after: the clock's new time.
        noted_at: When it was stored, by the database's clock.
        accepted_at: When a person confirmed that the clock is right; None when nobody did.
    """

    no: int
    position: int
    before: int
    after: int
    noted_at: int
    accepted_at: int | None = None

    @property
    def is_back(self) -> bool:
        """Whether the clock went back."""
        return self.after < self.before
