"""Which response plans there are, and what one would do, as lines."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import timedelta

from homebeat.actions.setting_changes import read_laid_over
from homebeat.actions.show_plan import show_plan
from homebeat.bootstrap.parts import make_setup
from homebeat.bootstrap.plan_command import Load, Open
from homebeat.domain.alert import Subject
from homebeat.domain.durations import format_duration
from homebeat.domain.errors import HomebeatError, NotFound
from homebeat.domain.ids import ContactId, HouseholdId, ResidentId
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.setting_change import PLANS, RESPONSE
from homebeat.response.preview import PlannedStep, PlanPreview
from homebeat.rules.catalogue import RULES
from homebeat.settings.console_changes import LaidOver
from homebeat.settings.explain import format_step


def list_plans(arguments: argparse.Namespace, load: Load, open_store: Open) -> int:
    """Print every plan, step by step, and where it holds; returns 0."""
    force = load(arguments)
    try:
        laid = _read_laid(arguments, open_store)
    except HomebeatError as error:
        print(f"plans of the console are not shown, because the database cannot be read: {error}", file=sys.stderr)
        laid = LaidOver(force)
    for line in describe_book(laid.force.book, laid.force.sources):
        print(line)
    for one in laid.left_out:
        print(one, file=sys.stderr)
    return 0


def _read_laid(arguments: argparse.Namespace, open_store: Open) -> LaidOver:
    force, store = open_store(arguments)
    try:
        with store.read(EVERYTHING) as reader:
            return read_laid_over(reader, force)
    finally:
        store.close()


def show_preview(arguments: argparse.Namespace, open_store: Open) -> int:
    """Print who would be notified of an alert; returns 0.

    Raises:
        NotFound: There is no such rule, household or resident.
    """
    if arguments.rule not in RULES:
        raise NotFound(f"there is no rule {arguments.rule}; docs/rules.md has them all")
    force, store = open_store(arguments)
    try:
        with store.read(EVERYTHING) as reader:
            entry = reader.homes.find_resident(ResidentId(arguments.who))
            if entry is not None:
                subject = Subject(entry.household, entry.resident.id)
            elif reader.homes.find_household(HouseholdId(arguments.who)) is not None:
                subject = Subject(HouseholdId(arguments.who))
            else:
                raise NotFound(f"there is no household and no resident {arguments.who}")
            found = show_plan(reader, subject, arguments.rule, store.read_now(), make_setup(force).settle(reader))
    finally:
        store.close()
    for line in describe_preview(found):
        print(line)
    return 0


def describe_book(book: PlanBook, sources: Mapping[str, str]) -> list[str]:
    """Describe every plan, and where it holds, as lines; what the console says is marked. `sources` as of `InForce`."""

    def mark(key: str) -> str:
        source = sources.get(key, "")
        return f"  ({source})" if source.startswith("console") else ""

    lines = []
    for name, plan in book.plans.items():
        lines.append(f"{name}{mark(f'{PLANS}{name}')}")
        lines += [f"  {format_step(step)}" for step in plan.steps]
    for where, choice in [("everywhere", book.everywhere), *sorted(book.areas.items())]:
        key = RESPONSE if where == "everywhere" else f"areas.{where}.{RESPONSE}"
        if choice.plan:
            lines.append(f"{where}: {choice.plan}{mark(f'{key}.plan')}")
        lines += [f"{where}, {rule}: {name}{mark(f'{key}.rules.{rule}')}" for rule, name in sorted(choice.rules.items())]
    return lines


def describe_preview(found: PlanPreview) -> list[str]:
    """Describe what would happen, as lines."""
    lines = [f"plan {found.name}"]
    lines += [_describe_step(step) for step in found.steps]
    lines.append(f"{_write_after(found.again_ms)}  and again, less and less often, until somebody answers")
    if not found.is_reachable:
        lines.append("NOBODY is reached by the last step: give it somebody with a channel, or choose another plan")
    return lines


def _describe_step(step: PlannedStep) -> str:
    people: dict[str, list[str]] = {}
    for turn in step.turns:
        who, kind, _ = turn.way
        later = f" {_write_after(turn.after_ms).strip()}" if turn.after_ms else ""
        people.setdefault(_name_receiver(who, step), []).append(kind + later)
    whom = ", ".join(f"{who} by {', '.join(kinds)}" for who, kinds in people.items()) or (
        "the page of the desk" if step.taken.who == "desk" else "nobody: not waited for"
    )
    return f"{_write_after(step.after_ms)}  {step.taken.who.value}: {whom}"


def _name_receiver(who: ContactId, step: PlannedStep) -> str:
    later = step.later_ms.get(who)
    return who if later is None else f"{who} (quiet hours: after {format_duration(timedelta(milliseconds=later))})"


def _write_after(after_ms: int) -> str:
    return f"{'at once' if after_ms == 0 else 'after ' + format_duration(timedelta(milliseconds=after_ms)):>12}"
