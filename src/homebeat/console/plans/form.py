"""Reads the forms of response plans, and writes plans and their steps in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from homebeat.console.rules.names import read_span, write_span
from homebeat.console.web.grants import Option
from homebeat.domain.durations import format_duration
from homebeat.domain.response_plan import PlanBook, PlanStep, ResponsePlan
from homebeat.settings.console_plans import FOR_HELP, MOST_STEPS, NO_DESK, STEPS
from homebeat.settings.response_plans import read_plans
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

#: What the shipped plans are called; a plan of the settings keeps its own name.
NAMES: Final[Mapping[str, str]] = {
    "family_first": msg("Family first, then the desk"),
    "both_at_once": msg("Family and desk at once"),
    "resident_first": msg("The resident first, then family and desk"),
    "desk_only": msg("The desk alone"),
    "everybody": msg("Everybody at once"),
}
#: Empty rows behind the steps that are there.
_SPARE: Final = 2
_SAID: Final[Sequence[tuple[str, str]]] = (
    (NO_DESK, msg("A plan never ends in silence: one of its last steps has to be the desk, whose page is always there.")),
    (FOR_HELP, msg("By this rule a device calls for help: only the settings file says by which plan it is answered.")),
    ("is not one of the plans", msg("There is no such plan.")),
    ("there is no such rule", msg("There is no such rule.")),
    ("ends with asking the resident", msg("It ends with asking the resident, who may be unable to answer.")),
    ("the first step has no step before it", msg("The first step has no step before it: it cannot be at the same time.")),
    (
        "cannot be together with another step",
        msg("What tells one person after the other cannot be at the same time as another step."),
    ),
    ("a step waits at least", msg("A step waits at least 10 seconds: nobody answers sooner.")),
    ("is longer than", msg("A step waits 24 hours at most.")),
    ("has more than", msg("A plan has 20 steps at most.")),
    ("a plan names nobody", msg("A plan has at least one step.")),
    ("is the name of a plan", msg("A plan has this name already: homebeat ships it, or the settings file has it.")),
    ("is not a name", msg("A name has small letters, digits and _ only, and begins with a letter.")),
)
_OTHERWISE: Final = msg("This value cannot be used here.")


@dataclass(frozen=True, slots=True)
class StepRow:
    """One row of the form."""

    at: str
    who: str
    wait: str
    in_turn: bool
    together: bool
    channel: str
    fault: str


@dataclass(frozen=True, slots=True)
class TypedPlan:
    """What was typed: the steps as in a settings file, and what is wrong with it by place."""

    steps: Sequence[Mapping[str, Any]]
    faults: Mapping[str, str]


def name_plan(name: str, words: Wording) -> str:
    """Name a plan."""
    return words.text(NAMES[name]) if name in NAMES else name


def make_plan_options(book: PlanBook, file: PlanBook, words: Wording) -> list[Option]:
    """Make the choice of a plan by its name for people; those of the console, which the file does not have, are marked."""
    return [
        Option(name, name_plan(name, words) if name in file.plans else words.text("%(name)s (made in the console)", name=name))
        for name in sorted(book.plans)
    ]


def explain_plan_fault(text: str, words: Wording) -> str:
    """Explain in the language of the reader what is wrong with a plan or a choice."""
    return words.text(next((said for part, said in _SAID if part in text), _OTHERWISE))


def write_plan_steps(plan: ResponsePlan, words: Wording) -> list[str]:
    """Write the steps of a plan in words, one text each."""
    return [_write_step(step, words) for step in plan.steps]


def _write_step(step: PlanStep, words: Wording) -> str:
    parts = [words.party(step.who.value)]
    parts += [words.text("one after the other")] if step.in_turn else []
    parts += [words.text("at the same time as the step before")] if step.together else []
    parts += [words.text("only by %(channel)s", channel=words.channel(step.channel))] if step.channel else []
    parts.append(words.text("then wait %(span)s", span=write_span(step.wait, words)))
    return words.join_list(*parts)


def describe_plan_values(values: Mapping[str, Any], words: Wording) -> dict[str, str]:
    """Describe what a change says of plans: the plan by what it is for, or each step of a plan; by names for people."""
    found = {words.text("Plan"): name_plan(str(values["plan"]), words)} if "plan" in values else {}
    found |= {words.rule_name(rule): name_plan(name, words) for rule, name in (values.get("rules") or {}).items()}
    if STEPS in values:
        plan = read_plans({"of": values[STEPS]}, lambda _key, _text: None).get("of")
        steps = [] if plan is None else write_plan_steps(plan, words)
        found |= {words.text("Step %(number)s", number=no): step for no, step in enumerate(steps, 1)}
    return found


def read_choice_form(typed: Mapping[str, str]) -> dict[str, Any]:
    """Read which plan holds, and for which rules another; what is left empty says nothing."""
    rules = {name.removeprefix("rule."): plan for name, plan in typed.items() if name.startswith("rule.") and plan}
    if typed.get("new_rule") and typed.get("new_plan"):
        rules[typed["new_rule"]] = typed["new_plan"]
    return ({"plan": typed["plan"]} if typed.get("plan") else {}) | ({"rules": rules} if rules else {})


def read_plan_form(typed: Mapping[str, str], words: Wording) -> TypedPlan:
    """Read the steps of a plan; rows without a party and a time are left out."""
    found = {int(hit[1]) for name in typed if (hit := re.match(r"steps\[(\d{1,2})\]\.", name))}
    steps: list[dict[str, Any]] = []
    faults: dict[str, str] = {}
    for index in sorted(found)[: MOST_STEPS + _SPARE]:
        at = f"steps[{index}]"
        who, wait = typed.get(f"{at}.who", "").strip(), typed.get(f"{at}.wait", "").strip()
        if not who:
            continue
        step: dict[str, Any] = {"who": who, "wait": wait}
        try:
            step["wait"] = format_duration(read_span(wait))
        except ValueError:
            faults[f"steps[{len(steps)}].wait"] = words.text("Write a duration, such as 8 h, 90 min or 1 d 12 h.")
        step |= {name: True for name in ("in_turn", "together") if f"{at}.{name}" in typed}
        step |= {"channel": channel} if (channel := typed.get(f"{at}.channel", "")) else {}
        steps.append(step)
    return TypedPlan(steps, faults)


def make_step_rows(steps: Sequence[Mapping[str, Any]], faults: Mapping[str, str], words: Wording) -> list[StepRow]:
    """Make the rows of the form, with empty ones behind them."""
    rows = []
    for no, step in enumerate([*steps, *([{}] * _SPARE)]):
        at = f"steps[{no}]"
        wrong = dict.fromkeys(text for place, text in faults.items() if place == at or place.startswith(f"{at}."))
        rows.append(
            StepRow(
                at,
                str(step.get("who", "")),
                _write_wait(str(step.get("wait", "")), words),
                bool(step.get("in_turn")),
                bool(step.get("together")),
                str(step.get("channel", "")),
                "; ".join(wrong),
            )
        )
    return rows


def _write_wait(text: str, words: Wording) -> str:
    try:
        return write_span(read_span(text), words) if text else ""
    except ValueError:
        return text
