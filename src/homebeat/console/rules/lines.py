"""Writes a change of a setting as one line: what, where, from what to what, by whom, and what can be done about it."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from homebeat.console.plans.form import describe_plan_values
from homebeat.console.rules.names import name_setting, write_setting, write_stored
from homebeat.console.web.person import join_parts, name_actor
from homebeat.domain.actor import ActorKind
from homebeat.domain.ids import AreaId
from homebeat.domain.principal import Principal
from homebeat.domain.role import Operation
from homebeat.domain.setting_change import PLANS, RESPONSE, RULES, SettingChange, SettingState
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

STATES: Final[Mapping[SettingState, str]] = {
    SettingState.PROPOSED: msg("Waits for a second person"),
    SettingState.IN_FORCE: msg("Put in force"),
    SettingState.REFUSED: msg("Refused"),
    SettingState.WITHDRAWN: msg("Withdrawn"),
}


@dataclass(frozen=True, slots=True)
class RuleChangeLine:
    """One change.

    Attributes:
        steps: What it does to each setting, from what to what.
        may_decide: Whoever looks is another person than who proposed it.
    """

    id: int
    what: str
    where: str
    steps: Sequence[str]
    reason: str
    facts: str
    decided: str
    state: str
    tried: str
    is_proposed: bool
    may_decide: bool
    may_withdraw: bool
    may_undo: bool


class ChangeWriter:
    """Writes changes for one reader.

    Args:
        names: Of areas, by their id.
        beneath: By the number of a change: what would hold now at its place if the console said nothing there.
        zone: By whose clock times are shown.
    """

    def __init__(
        self,
        words: Wording,
        names: Mapping[AreaId, str],
        zone: str,
        reader: Principal,
        beneath: Mapping[int, Mapping[str, Any]] | None = None,
    ) -> None:
        self._words, self._names, self._zone, self._reader = words, names, zone, reader
        self._beneath = beneath or {}

    def write(self, change: SettingChange, undone: Container[int] = ()) -> RuleChangeLine:
        """Write one; `undone`: the numbers of those that hold, and so can be undone."""
        words, is_proposed = self._words, change.state is SettingState.PROPOSED
        code = change.subject.removeprefix(RULES)
        concerns = words.text("%(number)s residents", number=change.residents)
        decided = ""
        if change.decided_at is not None:
            decided = join_parts(name_actor(change.decided_by, words), words.clock(change.decided_at, self._zone), change.word)
        is_own = change.actor == str(self._reader.actor)
        reaches = change.area is None or change.area in self._names
        may = reaches and self._reader.may(Operation.SET_RULES)
        is_person = self._reader.actor.kind is ActorKind.PERSON
        return RuleChangeLine(
            change.id,
            self._name(change),
            words.text("everywhere") if change.area is None else self._names.get(change.area, change.area),
            self._list_steps(change, code),
            change.reason,
            join_parts(name_actor(change.actor, words), words.clock(change.at, self._zone), concerns),
            decided,
            words.text(STATES[change.state]),
            "" if change.subject.startswith(RESPONSE) else self._write_tried(change.tried),
            is_proposed,
            may_decide=is_proposed and may and is_person and not is_own,
            may_withdraw=is_proposed and is_own,
            may_undo=may and change.id in undone,
        )

    def _name(self, change: SettingChange) -> str:
        if change.subject.startswith(PLANS):
            return self._words.text("Response plan %(name)s", name=change.subject.removeprefix(PLANS))
        if change.subject == RESPONSE:
            return self._words.text("Response plans")
        return self._words.rule_name(change.subject.removeprefix(RULES))

    def _list_steps(self, change: SettingChange, code: str) -> list[str]:
        before, after = change.before or {}, change.after or {}
        if not change.subject.startswith(RESPONSE):
            return self._write_steps(code, before, after, self._beneath.get(change.id, {}))
        was, becomes = (describe_plan_values(values, self._words) for values in (before, after))
        beneath = describe_plan_values(self._beneath.get(change.id, {}), self._words)

        def write_nothing(name: str) -> str:
            if change.subject.startswith(PLANS):
                return self._words.text("no such step")
            return self._write_beneath(beneath.get(name))

        return [
            self._words.text(
                "%(name)s: from %(before)s to %(after)s",
                name=name,
                before=was.get(name) or write_nothing(name),
                after=becomes.get(name) or write_nothing(name),
            )
            for name in {**was, **becomes}
            if was.get(name) != becomes.get(name)
        ]

    def _write_steps(
        self, code: str, before: Mapping[str, Any], after: Mapping[str, Any], beneath: Mapping[str, Any]
    ) -> list[str]:
        return [
            self._words.text(
                "%(name)s: from %(before)s to %(after)s",
                name=name_setting(code, name, self._words),
                before=self._write(before.get(name), beneath.get(name)),
                after=self._write(after.get(name), beneath.get(name)),
            )
            for name in {**before, **after}
            if before.get(name) != after.get(name)
        ]

    def _write(self, value: object, beneath: object) -> str:
        if value is None:
            return self._write_beneath(None if beneath is None else write_setting(beneath, self._words))
        return write_stored(value, self._words)

    def _write_beneath(self, beneath: str | None) -> str:
        if beneath is None:
            return self._words.text("as without the console")
        return self._words.text("as without the console (now %(value)s)", value=beneath)

    def _write_tried(self, tried: Mapping[str, Any] | None) -> str:
        if tried is None:
            return self._words.text("not tried on the past")
        return self._words.text(
            "tried on the past: %(before)s alerts a week before, %(after)s after",
            before=tried.get("before", "?"),
            after=tried.get("after", "?"),
        )
