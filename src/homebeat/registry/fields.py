"""Reads one table of a fleet file field by field. Every fault is noted with its place, and reading goes on."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final

from homebeat.codecs.catalogue import DEVICE_ID
from homebeat.domain.durations import format_duration, parse_duration
from homebeat.domain.text import is_plain
from homebeat.registry.text import Place, TableWithRepeats

#: Letters and digits of any script. No blank, slash or quote: ids are used in addresses, topics and settings.
ID: Final = re.compile(r"[\w.:\-]{1,64}")
_NO_ID: Final = "is not an id: letters, digits and . _ : - only"
_MISSING: Final = (None, "")
_NO_ASCII_ID: Final = f"{_NO_ID}, in ASCII"


#: No suggestion is looked for among more names than this: comparing all wrong ids of a city would take hours.
_MOST_COMPARED: Final = 1_000


@dataclass(slots=True)
class Faults:
    """Everything that is wrong with a file, in the order found."""

    found: list[tuple[Place, str]] = field(default_factory=list)

    def add(self, place: Place, text: str) -> None:
        """Note a fault."""
        self.found.append((place, text))


def suggest_name(name: str, names: Sequence[str]) -> str:
    """Make the end of a sentence that names what was probably meant; empty where no name is close."""
    close = get_close_matches(name, names, n=1) if len(names) <= _MOST_COMPARED else []
    return f"; did you mean {close[0]}?" if close else ""


@lru_cache(maxsize=1_000)
def _make_set(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(names)


@dataclass(slots=True)
class Fields:
    """One table of the file. Each reader returns its default where the field is absent or wrong, and notes the wrong ones."""

    table: Mapping[str, Any]
    place: Place
    faults: Faults

    @classmethod
    def read_table(cls, raw: object, place: Place, faults: Faults, known: tuple[str, ...]) -> Fields:
        """Start reading a table. Fields that are not in `known`, and fields given twice, are noted as faults."""
        if not isinstance(raw, dict):
            faults.add(place, "is a table of fields here, not a single value")
            return cls({}, place, Faults())  # the fields it then lacks are no faults of their own
        if not _make_set(known).issuperset(raw):
            for name in (name for name in raw if name not in known):
                faults.add((*place, name), f"there is no such field{suggest_name(name, known)}")
        for name in raw.doubled if isinstance(raw, TableWithRepeats) else ():
            faults.add((*place, name), "is there twice")
        return cls(raw, place, faults)

    def add_fault(self, name: str, text: str) -> None:
        """Note a fault of one field."""
        self.faults.add((*self.place, name), text)

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self.table.get(name) is not None

    def read_text(self, name: str, longest: int, default: str = "", form: re.Pattern[str] | None = None, says: str = "") -> str:
        """Read a text without control characters. With a `form`, all of it must match, else `says` is the fault."""
        raw = self.table.get(name)
        if raw is None:
            return default
        # what is printable is plain; nearly every text is, and a file has millions of them
        if isinstance(raw, str) and len(raw) <= longest and raw.isprintable() and (form is None or form.fullmatch(raw)):
            return raw
        if fault := _find_text_fault(raw, longest, form, says):
            self.add_fault(name, fault)
            return default
        text: str = raw
        return text

    def read_required(self, name: str, longest: int, form: re.Pattern[str] | None = None, says: str = "") -> str:
        """Read a text that must be there and not be empty; "" when it is not."""
        if self.table.get(name) in _MISSING:
            self.add_fault(name, "is missing")
            return ""
        return self.read_text(name, longest, "", form, says)

    def read_id(self, name: str = "id", form: re.Pattern[str] = ID) -> str:
        """Read an id that must be there; "" when it is not."""
        return self.read_required(name, 64, form, _NO_ASCII_ID if form is DEVICE_ID else _NO_ID)

    def read_texts(
        self, name: str, longest: int, most: int, form: re.Pattern[str] | None = None, says: str = ""
    ) -> Iterator[tuple[int, str]]:
        """Yield place and text of each text in a list, each once; those that do not fit are faults, as for `read_text`."""
        raw = self.table.get(name)
        if raw is None:
            return
        if not isinstance(raw, list):
            self.add_fault(name, "is a list here")
            return
        if len(raw) > most:
            self.add_fault(name, f"has more than {most} entries")
            return
        seen: set[str] = set()
        for index, item in enumerate(raw):
            fault = _find_text_fault(item, longest, form, says) or ("is empty" if not item else "")
            if fault or item in seen:
                self.faults.add((*self.place, name, index), fault or f"{item!r} is there already")
            else:
                seen.add(item)
                yield index, item

    def read_number(self, name: str, least: float, most: float, default: float) -> float:
        """Read a finite number within bounds."""
        raw = self.table.get(name)
        if raw is None:
            return default
        if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
            self.add_fault(name, f"{raw!r} is not a number")
        elif not least <= raw <= most:
            self.add_fault(name, f"{raw!r} is not between {least:g} and {most:g}")
        else:
            return float(raw)
        return default

    def read_flag(self, name: str) -> bool:
        """Read true or false; false when it is absent."""
        raw = self.table.get(name)
        if raw is None:
            return False
        if not isinstance(raw, bool):
            self.add_fault(name, f"{raw!r} is neither true nor false")
        return raw is True

    def read_year(self, name: str, least: int, most: int) -> int | None:
        """Read a year; None when it is absent."""
        raw = self.table.get(name)
        if raw is None:
            return None
        if isinstance(raw, int) and not isinstance(raw, bool) and least <= raw <= most:
            return raw
        self.add_fault(name, f"{raw!r} is not a year between {least} and {most}")
        return None

    def read_duration(self, name: str, least: timedelta, most: timedelta, default: timedelta) -> timedelta:
        """Read an ISO 8601 duration within bounds."""
        text = self.read_text(name, 40)
        if not text:
            return default
        try:
            duration = _parse_duration(text)
        except ValueError as error:
            self.add_fault(name, str(error))
            return default
        if least <= duration <= most:
            return duration
        self.add_fault(name, f"{text} is not between {format_duration(least)} and {format_duration(most)}")
        return default

    def read_choice(self, name: str, choices: Sequence[str]) -> str:
        """Read one of a few texts, which must be there; "" when it is not."""
        chosen = self.read_required(name, 64)
        if chosen and chosen not in choices:
            self.add_fault(name, f"{chosen!r} is not one of {', '.join(choices)}{suggest_name(chosen, choices)}")
            return ""
        return chosen

    def read_list(self, name: str, known: tuple[str, ...] | Callable[[object], tuple[str, ...]], most: int) -> Iterable[Fields]:
        """Yield the tables of a list; none where it is absent.

        Args:
            name: The field that holds the list.
            known: The names of the fields that a table may have, or what finds them from the table itself.
            most: How many tables the list may have.
        """
        raw = self.table.get(name)
        if raw is None:
            return ()
        if not isinstance(raw, list):
            self.add_fault(name, "is a list here")
            return ()
        if len(raw) > most:
            self.add_fault(name, f"has more than {most} entries")
            return ()
        return (
            Fields.read_table(item, (*self.place, name, index), self.faults, known(item) if callable(known) else known)
            for index, item in enumerate(raw)
        )


#: A fleet says few durations, and each of them many times.
_parse_duration: Final = lru_cache(maxsize=1_000)(parse_duration)


def _find_text_fault(raw: object, longest: int, form: re.Pattern[str] | None, says: str) -> str:
    if not isinstance(raw, str):
        return f"{raw!r} is not a text" + ("; put it in quotes" if isinstance(raw, int | float) else "")
    if len(raw) > longest:
        return f"is longer than {longest} characters"
    if not is_plain(raw):
        return "holds control characters or such as turn the direction of writing"
    return f"{raw!r} {says}" if form is not None and not form.fullmatch(raw) else ""


class UniqueIds:
    """Ids that must be unique, in the whole file or in one home. It remembers where each was first."""

    def __init__(self, shown: Callable[[Place], str]) -> None:
        self._first: dict[str, Place] = {}
        self._shown = shown

    def enter(self, fields: Fields, ident: str, name: str = "id", text: str = "", advice: str = "") -> None:
        """Note an id. The second time is a fault that names the first place.

        Args:
            fields: The table that holds it.
            ident: The id; an empty one is ignored.
            name: The field that the id was read from.
            text: The text of that field, where it is not the id itself.
            advice: What to do about it.
        """
        if not ident:
            return
        if ident in self._first:
            fields.add_fault(name, f"{text or ident!r} is there already, at {self._shown(self._first[ident])}{advice}")
        else:
            self._first[ident] = fields.place

    def know(self, idents: Iterable[str]) -> None:
        """Take ids as given elsewhere: they may be referred to."""
        self._first |= dict.fromkeys(idents, ())

    def __contains__(self, ident: str) -> bool:
        return ident in self._first

    def list_ids(self) -> list[str]:
        """List all ids, in the order of the file."""
        return list(self._first)
