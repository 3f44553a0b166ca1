"""Read one table of a fleet file field by field; every fault is written down with its place, and reading goes on."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Final

from homebeat.domain.durations import format_duration, parse_duration
from homebeat.domain.text import is_plain
from homebeat.registry.text import Place, Twice

#: Letters and digits of any script; no blank, slash or quote, because ids stand in addresses, topics and settings.
ID: Final = re.compile(r"[\w.:\-]{1,64}")
#: A device's id is a level of an MQTT topic.
DEVICE_ID: Final = re.compile(r"[A-Za-z0-9._:\-]{1,64}")


#: Comparing each of a city's wrong ids with all others would take hours.
_MOST_COMPARED: Final = 1_000


@dataclass(slots=True)
class Faults:
    """Everything that is wrong with a file, in the order found."""

    found: list[tuple[Place, str]] = field(default_factory=list)

    def add(self, place: Place, text: str) -> None:
        """Write down a fault."""
        self.found.append((place, text))


def meant(name: str, names: Sequence[str]) -> str:
    """The end of a sentence that names what was probably meant, or nothing."""
    close = get_close_matches(name, names, n=1) if len(names) <= _MOST_COMPARED else []
    return f"; did you mean {close[0]}?" if close else ""


@dataclass(slots=True)
class Fields:
    """One table. Each reader returns its default where the field is absent or wrong; wrong ones are in `faults`."""

    table: Mapping[str, Any]
    place: Place
    faults: Faults

    @classmethod
    def of(cls, raw: object, place: Place, faults: Faults, known: Sequence[str]) -> Fields:
        """Take a table, and write down what no reader will ask for."""
        if not isinstance(raw, dict):
            faults.add(place, "is a table of fields here, not a single value")
            return cls({}, place, Faults())  # the fields it then lacks are no faults of their own
        for name in raw:
            if name not in known:
                faults.add((*place, name), f"there is no such field{meant(name, known)}")
        for name in raw.doubled if isinstance(raw, Twice) else ():
            faults.add((*place, name), "is there twice")
        return cls(raw, place, faults)

    def wrong(self, name: str, text: str) -> None:
        """Write down a fault of one field."""
        self.faults.add((*self.place, name), text)

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self.table.get(name) is not None

    def text(self, name: str, longest: int, default: str = "", form: re.Pattern[str] | None = None, says: str = "") -> str:
        """A text without control characters; with a `form`, it has to match whole, else `says` is the fault."""
        raw = self.table.get(name)
        if raw is None:
            return default
        if not isinstance(raw, str):
            self.wrong(name, f"{raw!r} is not a text" + ("; put it in quotes" if isinstance(raw, int | float) else ""))
        elif len(raw) > longest:
            self.wrong(name, f"is longer than {longest} characters")
        elif not is_plain(raw):
            self.wrong(name, "holds control characters or such as turn the direction of writing")
        elif form is not None and not form.fullmatch(raw):
            self.wrong(name, f"{raw!r} {says}")
        else:
            return raw
        return default

    def required(self, name: str, longest: int, form: re.Pattern[str] | None = None, says: str = "") -> str:
        """A text that must be there and not be empty; "" when it is not."""
        if self.table.get(name) in (None, ""):
            self.wrong(name, "is missing")
            return ""
        return self.text(name, longest, "", form, says)

    def id(self, name: str = "id", form: re.Pattern[str] = ID) -> str:
        """An id that must be there."""
        says = "is not an id: letters, digits and . _ : - only" + (", in ASCII" if form is DEVICE_ID else "")
        return self.required(name, 64, form, says)

    def number(self, name: str, least: float, most: float, default: float) -> float:
        """A finite number within bounds."""
        raw = self.table.get(name)
        if raw is None:
            return default
        if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
            self.wrong(name, f"{raw!r} is not a number")
        elif not least <= raw <= most:
            self.wrong(name, f"{raw!r} is not between {least:g} and {most:g}")
        else:
            return float(raw)
        return default

    def flag(self, name: str) -> bool:
        """True or false; false when it is absent."""
        raw = self.table.get(name)
        if raw is not None and not isinstance(raw, bool):
            self.wrong(name, f"{raw!r} is neither true nor false")
        return raw is True

    def year(self, name: str, least: int, most: int) -> int | None:
        """A year, or None."""
        raw = self.table.get(name)
        if raw is None:
            return None
        if isinstance(raw, int) and not isinstance(raw, bool) and least <= raw <= most:
            return raw
        self.wrong(name, f"{raw!r} is not a year between {least} and {most}")
        return None

    def duration(self, name: str, least: timedelta, most: timedelta, default: timedelta) -> timedelta:
        """An ISO 8601 duration within bounds."""
        text = self.text(name, 40)
        if not text:
            return default
        try:
            duration = parse_duration(text)
        except ValueError as error:
            self.wrong(name, str(error))
            return default
        if least <= duration <= most:
            return duration
        self.wrong(name, f"{text} is not between {format_duration(least)} and {format_duration(most)}")
        return default

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """One of a few texts, which must be there; "" when it is not."""
        chosen = self.required(name, 64)
        if chosen and chosen not in choices:
            self.wrong(name, f"{chosen!r} is not one of {', '.join(choices)}{meant(chosen, choices)}")
            return ""
        return chosen

    def each(self, name: str, known: Sequence[str] | Callable[[object], Sequence[str]], most: int) -> Iterator[Fields]:
        """The tables of a list; none where it is absent. What fields one may have, it may itself decide."""
        raw = self.table.get(name)
        if raw is None:
            return
        if not isinstance(raw, list):
            self.wrong(name, "is a list here")
        elif len(raw) > most:
            self.wrong(name, f"has more than {most} entries")
        else:
            for index, item in enumerate(raw):
                fields = known(item) if callable(known) else known
                yield Fields.of(item, (*self.place, name, index), self.faults, fields)


class Register:
    """Ids that may be there once, in the whole file or in one home; remembers where each was first."""

    def __init__(self, shown: Callable[[Place], str]) -> None:
        self._first: dict[str, Place] = {}
        self._shown = shown

    def enter(self, fields: Fields, ident: str, name: str = "id", text: str = "", advice: str = "") -> None:
        """Note an id; the second time is a fault that names the first.

        Args:
            fields: The table in which it stands.
            ident: The id; an empty one is passed over.
            name: The field that the id was taken from.
            text: What stands in that field, where it is not the id itself.
            advice: What to do about it.
        """
        if not ident:
            return
        if ident in self._first:
            fields.wrong(name, f"{text or ident!r} is there already, at {self._shown(self._first[ident])}{advice}")
        else:
            self._first[ident] = fields.place

    def __contains__(self, ident: str) -> bool:
        return ident in self._first

    def ids(self) -> list[str]:
        """All ids, in the order of the file."""
        return list(self._first)
