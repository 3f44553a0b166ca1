"""City platforms: `[platforms.NAME]`. What each follows, where events are sent, and what its words mean."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints, field_validator

from homebeat.domain.alert import WAITING, Outcome, Queue
from homebeat.domain.event import EventType
from homebeat.domain.platform import OrderProgress
from homebeat.settings.section import Section, Texts

#: A word of a platform.
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class PlatformSettings(Section):
    """One platform. It gets events at `url`, or pulls them with its key; it reports back with its key.

    Attributes:
        url: Where events are sent; empty for a platform that pulls.
        secret: What events are signed with, `whsec_` and base64.
        secret_file: A file with it alone in it, in place of `secret`.
        next_secret: While the secret is replaced: signs beside it.
        key: The name of its API key (`homebeat key create NAME --role integrator@AREA`).
        areas: Whose alerts it follows, with all below; empty for all.
        events: Which events; empty for all.
        queues: Of which queues.
        give_ids: Whether it gets the ids of home and resident.
        states: Its words for how far an order has come, and ours.
        outcomes: Its words for what was found, and ours.
    """

    url: SecretStr = SecretStr("")
    secret: SecretStr = SecretStr("")
    secret_file: Path | None = None
    next_secret: SecretStr = SecretStr("")
    next_secret_file: Path | None = None
    key: str = Field(default="", max_length=100)
    areas: Texts = ()
    events: tuple[EventType, ...] = ()
    queues: tuple[Queue, ...] = Field(default=(Queue.CARE,), min_length=1)
    give_ids: bool = False
    states: dict[Word, OrderProgress] = Field(default_factory=dict, max_length=100)
    outcomes: dict[Word, Outcome] = Field(default_factory=dict, max_length=100)

    @field_validator("queues")
    @classmethod
    def _check_queues(cls, queues: tuple[Queue, ...]) -> tuple[Queue, ...]:
        if set(queues) - WAITING:
            raise ValueError(f"only {', '.join(sorted(WAITING))} have alerts that wait for somebody")
        return queues

    @field_validator("outcomes")
    @classmethod
    def _check_outcomes(cls, outcomes: dict[str, Outcome]) -> dict[str, Outcome]:
        if Outcome.WITHDRAWN in outcomes.values():
            raise ValueError("only homebeat itself withdraws a question")
        return outcomes
