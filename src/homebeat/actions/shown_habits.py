"""What somebody sees of what homebeat has learned of a resident's days, and of what was chosen for their limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from homebeat.actions.look import Look
from homebeat.actions.view import View
from homebeat.domain.fleet import Disregarded
from homebeat.domain.role import Field
from homebeat.store import LearnedProfile, LimitChoice, ResidentEntry, is_pending

_MOST_CHOICES: Final = 20


@dataclass(frozen=True, slots=True)
class ShownHabits:
    """What is shown.

    Attributes:
        learned: None where nothing was learned, or where it is hidden.
        budgets: What may be chosen, also where the curve is hidden; empty until own data counts.
        choices: Who chose what, newest first; `chosen_times`: how often somebody chose, also before these.
        disregarded: Spans that are not learned from, newest first; empty where that is hidden.
        is_pending: Whether the limits in force were learned before what is chosen.
        is_hidden: Whether the role does not show this, or not now.
    """

    learned: LearnedProfile | None
    budgets: tuple[float, ...]
    choices: Sequence[LimitChoice]
    chosen_times: int
    disregarded: Sequence[Disregarded]
    is_pending: bool
    is_hidden: bool


def read_habits(view: View, entry: ResidentEntry) -> ShownHabits:
    """Read what is shown of a resident that the view has found. It is a look, where something was learned.

    Who may choose a limit and does not see the habits still sees what may be chosen, and who chose what.
    """
    known, who = view.reader.learned, entry.resident.id
    learned, choices = known.find_profile(who), known.list_choices(who, _MOST_CHOICES)
    times = known.count_choices(who) if len(choices) == _MOST_CHOICES else len(choices)
    waits = is_pending(entry.resident.false_alarms_a_month, learned, choices[0] if choices else None)
    budgets = tuple(point.budget for point in learned.curve) if learned is not None else ()
    if not view.sees(Field.HABITS, entry):
        return ShownHabits(None, budgets, choices, times, (), waits, is_hidden=True)
    if learned is not None:
        view.looks.append(Look(f"resident:{who}", frozenset({Field.HABITS})))
    return ShownHabits(learned, budgets, choices, times, known.list_disregarded(who), waits, is_hidden=False)
