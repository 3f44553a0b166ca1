"""Makes the fields of a form. What was typed stands in them again, each beside what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from homebeat.console.web.grants import Option
from homebeat.wording import Wording
from homebeat.wording.field_faults import explain_fault

NOTHING: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class FormField:
    """One field. Its name is its place in the table of the fleet file, as `contacts[0].phone`.

    Attributes:
        look: `text`, `number`, `check`, `choice`, `day` or `time`.
        longest: In characters.
        fault: What is wrong with what was typed; empty for nothing.
    """

    name: str
    label: str
    value: str = ""
    look: str = "text"
    choices: Sequence[Option] = ()
    longest: int = 200
    is_required: bool = False
    fault: str = ""

    @property
    def is_on(self) -> bool:
        """Whether a check is set."""
        return bool(self.value)


@dataclass(frozen=True, slots=True)
class FormGroup:
    """Fields under a title, such as one contact; `rare` ones are folded away until one of them says something."""

    title: str
    fields: Sequence[FormField]
    rare: Sequence[FormField] = ()

    @property
    def is_unfolded(self) -> bool:
        """Whether one of the rare fields says something, or is wrong."""
        return any(one.value or one.fault for one in self.rare)


class Sheet:
    """Makes fields.

    Args:
        words: In which language.
        typed: What was typed into a form that was refused, by the names of its fields; empty where nothing was.
        faults: What is wrong with it, by place.
    """

    def __init__(self, words: Wording, typed: Mapping[str, str] = NOTHING, faults: Iterable[tuple[str, str]] = ()) -> None:
        self._words: Final = words
        self._typed: Final = typed
        self._faults: Final = list(faults)
        self._shown: Final[set[str]] = set()

    def line(self, name: str, label: str, value: object, *, longest: int = 200, is_required: bool = False) -> FormField:
        """Make a line of text."""
        return self._make(name, label, value, "text", longest=longest, is_required=is_required)

    def number(self, name: str, label: str, value: object) -> FormField:
        """Make a number."""
        return self._make(name, label, value, "number", longest=10)

    def choice(self, name: str, label: str, value: object, choices: Sequence[Option], *, is_required: bool = False) -> FormField:
        """Make a list to choose from; what stands there and is not offered is added."""
        now = "" if value is None else str(value)
        known = {one.value for one in choices}
        offered = (*choices, Option(now, now)) if now and now not in known else tuple(choices)
        return self._make(name, label, value, "choice", offered, is_required=is_required)

    def check(self, name: str, label: str, *, is_on: bool) -> FormField:
        """Make a box to tick."""
        return self._make(name, label, "yes" if is_on else "", "check")

    def day(self, name: str, label: str, *, is_required: bool = False) -> FormField:
        """Make a day."""
        return self._make(name, label, "", "day", is_required=is_required)

    def time(self, name: str, label: str, value: object) -> FormField:
        """Make a time of the wall clock."""
        return self._make(name, label, value, "time", longest=5)

    def list_others(self, names: Mapping[str, str]) -> list[str]:
        """List what is wrong and stands beside no field, after the fields were made; `names` has those of parts."""
        rest = [(re.split(r"[\[.]", place)[0], text) for place, text in self._faults if place not in self._shown]
        return [f"{names.get(part, part)}: {explain_fault(text, self._words)}" for part, text in rest]

    def _make(
        self,
        name: str,
        label: str,
        value: object,
        look: str,
        choices: Sequence[Option] = (),
        *,
        longest: int = 200,
        is_required: bool = False,
    ) -> FormField:
        now = self._typed.get(name, "") if self._typed else "" if value is None else str(value)
        wrong = [text for place, text in self._faults if place == name]
        self._shown.update([name] if wrong else [])
        fault = "; ".join(explain_fault(text, self._words) for text in wrong)
        return FormField(name, label, now, look, choices, longest, is_required, fault)
