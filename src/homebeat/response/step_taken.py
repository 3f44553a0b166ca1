"""One step of a response plan that was taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from homebeat.domain.notice import Recipient
from homebeat.domain.response_plan import Party


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One step that was taken.

    Attributes:
        ways: The channels that get a notice now.
        is_again: The same party was told by this plan before.
        answer_by: Until when the step waits for an answer, epoch ms.
        is_unrelieved: Somebody among them should not have this work, and nobody can stand in.
    """

    who: Party
    ways: Sequence[Recipient]
    is_again: bool
    answer_by: int
    is_unrelieved: bool = False
