"""What to do about an alert of one rule in one area, as its supervisor wrote it: a few steps, in one language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from homebeat.domain.ids import AreaId

#: More steps nobody reads at two in the morning.
MOST_STEPS: Final = 8
LONGEST_STEP: Final = 300


@dataclass(frozen=True, slots=True)
class Guide:
    """The steps of one rule in an area and all below it, until an area below has its own.

    Attributes:
        text: One step a line; empty where the usual steps hold again.
        before: The text that this one replaced: it can be put back.
        version: Counts the changes.
        at: Of the last change, epoch ms.
        actor: Who made it.
    """

    area: AreaId
    rule: str
    language: str
    text: str
    before: str
    version: int
    at: int
    actor: str

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps, in order."""
        return tuple(self.text.splitlines())


def tidy_steps(text: str) -> str:
    """Tidy what somebody typed: one step a line, without empty lines and without spaces around.

    Raises:
        ValueError: There are too many steps, or one is too long to be read.
    """
    steps = [line for raw in text.splitlines() if (line := " ".join(raw.split()))]
    if len(steps) > MOST_STEPS or any(len(step) > LONGEST_STEP for step in steps):
        raise ValueError(f"at most {MOST_STEPS} steps of {LONGEST_STEP} characters each")
    return "\n".join(steps)
