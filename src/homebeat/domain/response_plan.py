"""What happens until somebody answers an alert: response plans, as values.

A plan is a list of steps. Each step tells somebody and then waits. Only an answer of a human being ends a plan: when its last
step has been waited for, its last steps begin again. So a plan never ends in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

from homebeat.domain.alert import Priority
from homebeat.domain.durations import MS
from homebeat.domain.follow_up import FollowUpChoice, FollowUpTerms
from homebeat.domain.ids import AreaId, ContactId


class Party(StrEnum):
    """Whom a step tells."""

    RESIDENT = "resident"  # they are asked themselves: by their band, or over a channel of their own
    FAMILY = "family"  # the contacts of the home
    DESK = "desk"  # the desk's page, and those of the desk who are on duty
    WORKER = "worker"  # the paired volunteer or grid worker
    PROVIDER = "provider"  # the contracted organisation
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step of a plan.

    Attributes:
        who: Whom it tells.
        wait: How long to wait for an answer before the next step. Where a step finds nobody to tell, it does not wait.
        in_turn: It tells one person after the other, in call order, and waits after each of them. Otherwise all at once.
        together: It does not wait for the step before it: both begin at the same time.
        channel: Only channels of this kind; empty for all of them.
    """

    who: Party
    wait: timedelta
    in_turn: bool = False
    together: bool = False
    channel: str = ""


@dataclass(frozen=True, slots=True)
class ResponsePlan:
    """What happens until somebody answers.

    Attributes:
        steps: At least one; the last is the one that must reach somebody.

    Raises:
        ValueError: It names nobody, or its steps cannot be taken as they stand; the text says why.
    """

    name: str
    steps: tuple[PlanStep, ...]

    def __post_init__(self) -> None:
        if not self.steps:
            raise ValueError("a plan names nobody: give it at least one step")
        if self.steps[0].together:
            raise ValueError("the first step has no step before it: take `together` away")
        for before, step in zip(self.steps, self.steps[1:], strict=False):
            if step.together and (step.in_turn or before.in_turn):
                raise ValueError("what tells one person after the other cannot be together with another step")
        if all(step.who is Party.RESIDENT for step in self.steps[self.find_last_group() :]):
            raise ValueError(
                "it ends with asking the resident, who may be unable to answer: name somebody who can come after that"
            )
        if any(step.wait < SHORTEST_WAIT for step in self.steps):
            raise ValueError(f"a step waits at least {SHORTEST_WAIT.total_seconds():.0f} s: nobody answers sooner")

    @property
    def asks_resident(self) -> bool:
        """Whether one of its steps asks the resident."""
        return any(step.who is Party.RESIDENT for step in self.steps)

    def find_last_group(self) -> int:
        """Find the first of the steps that begin again when the plan is through: the last one, with those together with it."""
        first = len(self.steps) - 1
        while self.steps[first].together:
            first -= 1
        return first

    def list_group(self, first: int) -> tuple[PlanStep, ...]:
        """List the step at `first` with those together with it; behind the end, the last ones."""
        begin = first if first < len(self.steps) else self.find_last_group()
        end = begin + 1
        while end < len(self.steps) and self.steps[end].together:
            end += 1
        return self.steps[begin:end]

    def can_reach(self, has_somebody: Callable[[PlanStep], bool]) -> bool:
        """Whether one of its last steps reaches somebody: the desk has its page, of the others `has_somebody` says it."""
        return any(step.who is Party.DESK or has_somebody(step) for step in self.steps[self.find_last_group() :])


#: Less than this is no time to answer a telephone.
SHORTEST_WAIT: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Position:
    """Where in a plan an alert stands: what is done next.

    Attributes:
        step: Which step, from 0.
        notified: Of a step that tells one person after the other: who has had their turn. Next is the first of those listed by
            then who has not, however the list has changed meanwhile.
        repeat: How often the plan has been through.
    """

    step: int = 0
    notified: tuple[ContactId, ...] = ()
    repeat: int = 0


class DeadlineKind(StrEnum):
    """What runs out."""

    STEP = "step"  # nobody answers for the alert: the next step of its plan is due
    OWNER = "owner"  # somebody has taken it: until then they say what they found


@dataclass(frozen=True, slots=True)
class Deadline:
    """Until when something must happen about an alert. An alert that waits for people has exactly one.

    Attributes:
        due_at: Epoch ms, by the database's clock.
        plan: The name of its plan.
        position: Where the plan goes on: now for `STEP`, if the owner gives up for `OWNER`.
        set_at: When `due_at` was reckoned, by the same clock; as it was stored.
    """

    kind: DeadlineKind
    due_at: int
    plan: str
    position: Position = Position()
    set_at: int = field(default=0, compare=False)


def _step(who: Party, minutes: float, *, in_turn: bool = False, together: bool = False) -> PlanStep:
    return PlanStep(who, timedelta(minutes=minutes), in_turn=in_turn, together=together)


FAMILY_FIRST: Final = ResponsePlan(
    "family_first",
    (
        _step(Party.FAMILY, 5, in_turn=True),
        _step(Party.DESK, 5),
        _step(Party.WORKER, 10, together=True),
        _step(Party.PROVIDER, 10),
        _step(Party.SUPERVISOR, 15),
        _step(Party.DESK, 15, together=True),
    ),
)
BOTH_AT_ONCE: Final = ResponsePlan(
    "both_at_once",
    (
        _step(Party.FAMILY, 5),
        _step(Party.DESK, 5, together=True),
        _step(Party.WORKER, 10),
        _step(Party.PROVIDER, 10),
        _step(Party.SUPERVISOR, 15),
        _step(Party.DESK, 15, together=True),
    ),
)
RESIDENT_FIRST: Final = ResponsePlan("resident_first", (_step(Party.RESIDENT, 3), *BOTH_AT_ONCE.steps))
DESK_ONLY: Final = ResponsePlan(
    "desk_only",
    (_step(Party.DESK, 10), _step(Party.WORKER, 10), _step(Party.SUPERVISOR, 15), _step(Party.DESK, 15, together=True)),
)
EVERYBODY: Final = ResponsePlan(
    "everybody",
    (
        _step(Party.FAMILY, 3),
        _step(Party.DESK, 3, together=True),
        _step(Party.WORKER, 3, together=True),
        _step(Party.PROVIDER, 3),
        _step(Party.SUPERVISOR, 5),
        _step(Party.DESK, 5, together=True),
    ),
)
_HOUR: Final = 60
#: For what concerns no person, or can wait: by urgency. Nobody outside the desk is told.
_UNHURRIED: Final[Mapping[Priority, ResponsePlan]] = {
    priority: ResponsePlan(
        f"unhurried_{priority.value}",
        (_step(Party.DESK, minutes), _step(Party.SUPERVISOR, minutes), _step(Party.DESK, minutes, together=True)),
    )
    for priority, minutes in {
        Priority.CRITICAL: 5,
        Priority.HIGH: 2 * _HOUR,
        Priority.MEDIUM: 12 * _HOUR,
        Priority.LOW: 72 * _HOUR,
    }.items()
}
#: For what supervisors have to decide: they are told at once.
SUPERVISED: Final = ResponsePlan(
    "supervisor_at_once", (_step(Party.SUPERVISOR, 12 * _HOUR), _step(Party.DESK, 12 * _HOUR, together=True))
)
#: The plans that can be named in settings and in the fleet file.
SHIPPED: Final[Mapping[str, ResponsePlan]] = {
    plan.name: plan for plan in (FAMILY_FIRST, BOTH_AT_ONCE, RESIDENT_FIRST, DESK_ONLY, EVERYBODY)
}
#: The rules by which a device itself calls for help: everybody is told at once, unless the settings say otherwise.
_CALLS_FOR_HELP: Final[Mapping[str, str]] = dict.fromkeys(("sos", "fall", "smoke", "gas", "unreadable_alarm"), EVERYBODY.name)

#: What homebeat says of a rule: calls for help, and what concerns many people of an area.
_OF_RULES: Final = {**_CALLS_FOR_HELP, **dict.fromkeys(("area_outage", "many_quiet"), DESK_ONLY.name)}


@dataclass(frozen=True, slots=True)
class PlanChoice:
    """Which plan holds, as the settings say it for everywhere or for one area.

    Attributes:
        plan: The name of a plan; empty where nothing is said.
        rules: By the code of a rule; goes before `plan`, and before what a home says.
        follow_up: Of an area: in what its follow-ups differ from those of the area above.
    """

    plan: str = ""
    rules: Mapping[str, str] = field(default_factory=dict)
    follow_up: FollowUpChoice = field(default_factory=FollowUpChoice)


#: How long one channel of a person has to bring a message before their next one begins.
#: Asked of where nothing else is: the alert that concerns a person most often.
USUAL_RULE: Final = "no_sign_of_life"
NEXT_CHANNEL_AFTER: Final = timedelta(seconds=60)
#: How long somebody who has taken an alert has to say what they found, before it goes back to the queue.
OWNER_LIMITS: Final[Mapping[Priority, timedelta]] = {
    Priority.CRITICAL: timedelta(minutes=20),
    Priority.HIGH: timedelta(minutes=45),
    Priority.MEDIUM: timedelta(hours=8),
    Priority.LOW: timedelta(hours=72),
}


@dataclass(frozen=True, slots=True)
class PlanBook:
    """Every plan, and which of them holds for what.

    Attributes:
        plans: By name; the shipped ones, and those of the settings.
        everywhere: What the settings say for all areas.
        areas: By area id; holds for all below it, and the nearest area wins.
        owner_limits: How long an owner has; by urgency.
        next_channel_after: How long one channel of a person has to bring a message before their next one begins.
        follow_up: Which closed cases are asked about, and when, where an area says nothing else.
    """

    plans: Mapping[str, ResponsePlan] = field(default_factory=lambda: SHIPPED)
    everywhere: PlanChoice = PlanChoice(BOTH_AT_ONCE.name)
    areas: Mapping[str, PlanChoice] = field(default_factory=dict)
    owner_limits: Mapping[Priority, timedelta] = field(default_factory=lambda: OWNER_LIMITS)
    next_channel_after: timedelta = NEXT_CHANNEL_AFTER
    follow_up: FollowUpTerms = field(default_factory=FollowUpTerms)

    def choose(self, rule: str, home: str, path: Sequence[AreaId]) -> ResponsePlan:
        """Choose the plan for an alert of a home.

        In this order: what the nearest area says of the rule, what the settings say of it, what homebeat says of it; what the
        home says; what the nearest area says of everything, and the settings.

        Args:
            rule: The alert's.
            home: The name of the plan that the fleet file gives the home; empty for none.
            path: The area of the home and every area above it, the nearest first.
        """
        near = [self.areas[area] for area in path if area in self.areas]
        names = [choice.rules.get(rule, "") for choice in (*near, self.everywhere)]
        names += [_OF_RULES.get(rule, ""), home, *(choice.plan for choice in near), self.everywhere.plan]
        return next((self.plans[name] for name in names if name in self.plans), BOTH_AT_ONCE)

    def choose_follow_up(self, path: Sequence[AreaId]) -> FollowUpTerms:
        """Choose which closed cases of a home are asked about, and when: of each setting what the nearest area says.

        Args:
            path: The area of the home and every area above it, the nearest first.
        """
        terms = self.follow_up
        for area in reversed(path):
            if area in self.areas:
                terms = self.areas[area].follow_up.apply(terms)
        return terms

    def may_ask(self, home: str, path: Sequence[AreaId]) -> bool:
        """Whether a plan that asks the resident may be chosen for some alert of a home; arguments as of `choose`."""
        choices = [*(self.areas[area] for area in path if area in self.areas), self.everywhere]
        names = {home, *_OF_RULES.values(), *(choice.plan for choice in choices)}.union(*(one.rules.values() for one in choices))
        return any(self.plans[name].asks_resident for name in names if name in self.plans)

    def find(self, name: str) -> ResponsePlan:
        """Find a plan by the name that is stored with a deadline; the default where the settings have it no more."""
        own = {plan.name: plan for plan in (*_UNHURRIED.values(), SUPERVISED)}
        return self.plans.get(name) or own.get(name) or BOTH_AT_ONCE

    def compute_owner_due(self, priority: Priority, now: int) -> int:
        """Compute until when somebody who takes an alert at `now` has to say what they found, epoch ms."""
        return now + self.owner_limits[priority] // MS


def is_call_for_help(rule: str) -> bool:
    """Whether a device itself calls for help by this rule: everybody is notified at once."""
    return rule in _CALLS_FOR_HELP


def get_unhurried(priority: Priority) -> ResponsePlan:
    """Get the plan for what concerns no person, or can wait."""
    return _UNHURRIED[priority]
