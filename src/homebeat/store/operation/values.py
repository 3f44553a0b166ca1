"""What queries about the service itself take and return; times in epoch milliseconds UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from homebeat.domain.instants import is_from_the_future


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the live stream's cursor. `kind` is `alert`, `resident`, `device` or `fleet`; `ref` the id of the thing."""

    id: int
    kind: str
    ref: str
    at: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """When a service last said that it works, by the database's clock (epoch ms), and what it said."""

    name: str
    at: int
    detail: Mapping[str, str | int | float | bool | None]

    def age_s(self, now: int) -> float | None:
        """How long ago that was, in seconds; None when it is from the future: the clock was wrong, and it proves no life."""
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
        no: How many it had followed with this one.
        position: The end of the log then.
        before: Up to where the engine had judged. after: what the clock said.
        noted_at: When, by the database's clock.
        accepted_at: When a person said that the clock is right; None when nobody did.
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
