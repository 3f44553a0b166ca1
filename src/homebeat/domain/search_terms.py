"""What people are found by: the pieces of a name, an address and a telephone number, and those of what somebody types.

The store keeps keyed digests of pieces, never the pieces (`store.home.search_index`; ADR 0049). So a search finds whole pieces
only, and a piece means the same when it is stored and when it is asked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from homebeat.domain.phone import normalise_phone
from homebeat.domain.role import Field

#: Words of this script have no blanks between them; the second part is for rare characters of names.
_HAN: Final = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN: Final = re.compile(rf"[{_HAN}]+|[0-9]+|(?:(?![{_HAN}_])[^\W\d])+")
#: A number as people type it, with blanks and dashes in it.
_NUMBER: Final = re.compile(r"\+?[0-9(][0-9 ().\-]{5,30}[0-9]")
_LONGEST_NAME: Final = 4
_SHORTEST_WORD: Final = 2
_LONGEST_WORD: Final = 12
#: The ends of a number by which people know it.
_ENDS: Final = (8, 4)
_FEWEST_DIGITS: Final = 7
#: Parts of one question that count; what is typed beyond them finds nobody else.
MOST_PARTS: Final = 8
#: Characters of one question that are read.
MOST_CHARACTERS: Final = 100

#: Pieces by the field that they are of; the numbers of residents and contacts are one field.
Pieces = Mapping[Field, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a question. It fits who has all the pieces of one field, or has the id.

    Attributes:
        pieces: By field, what somebody must have all of.
        id: What was typed, where it may be the id of a resident, a home or a device; empty for none.
        words: The parts that this one falls into, all of which fit instead of it; empty where it is one word.
    """

    pieces: Pieces = field(default_factory=dict)
    id: str = ""
    words: tuple[Part, ...] = ()


def list_name_pieces(name: str, shortest: int = 1) -> frozenset[str]:
    """List the pieces of a name: of Chinese, each run of `shortest` to 4 characters; else each word, and how it begins."""
    return frozenset(piece for run in _find_runs(name) for piece in _cut_name(run, shortest))


def list_address_pieces(address: str) -> frozenset[str]:
    """List the pieces of an address: of Chinese, each two characters beside each other; whole words and whole numbers."""
    return frozenset(piece for run in _find_runs(address) for piece in _cut_address(run))


def list_phone_pieces(phone: str) -> frozenset[str]:
    """List the pieces of a telephone number: the whole with its country, and its last eight and last four digits."""
    digits = normalise_phone(phone)
    return frozenset({digits, *(digits[-n:] for n in _ENDS if len(digits) > n)} - {""})


def read_question(text: str) -> tuple[Part, ...]:
    """Read what somebody typed into its parts, each of which must fit; empty where nothing can be looked for."""
    text = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS])
    parts: list[Part] = []
    for found in _NUMBER.finditer(text):
        if _is_number(found[0]):
            parts.append(_make_number(found[0]))
            text = text.replace(found[0], " ", 1)
    parts += [part for typed in text.split() if (part := _make_part(typed)) is not None]
    return tuple(parts[:MOST_PARTS])


def _find_runs(text: str) -> list[str]:
    return _RUN.findall(_fold(text))


def _fold(text: str) -> str:
    """Make what is written differently and means the same equal: wide and small letters, accents."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", "".join(one for one in apart if not unicodedata.combining(one)))


def _is_han(run: str) -> bool:
    return re.match(f"[{_HAN}]", run) is not None


def _cut_name(run: str, shortest: int) -> Iterator[str]:
    if _is_han(run):
        for size in range(shortest, min(_LONGEST_NAME, len(run)) + 1):
            yield from (run[start : start + size] for start in range(len(run) - size + 1))
    elif not run.isdecimal():
        yield from (run[:size] for size in range(_SHORTEST_WORD, min(_LONGEST_WORD, len(run)) + 1))


def _cut_address(run: str) -> Iterator[str]:
    if _is_han(run) and len(run) > 1:
        yield from (run[start : start + 2] for start in range(len(run) - 1))
    else:
        yield run[:_LONGEST_WORD]


def _is_number(text: str) -> bool:
    """Whether what has blanks and dashes in it is a telephone number; `12 3 501` of an address is none."""
    digits = re.sub(r"[^0-9]", "", text)
    if digits == text:
        return False  # one word, which may be something else too
    return text.startswith(("+", "0")) or normalise_phone(digits) != digits


def _make_number(text: str) -> Part:
    return Part({Field.PHONE: frozenset({normalise_phone(text)})}, re.sub(r"[ ().]", "", text))


def _make_part(typed: str) -> Part | None:
    runs = _find_runs(typed)
    if any(run.isdecimal() for run in runs):
        # what stands beside a number in an address: `12号` is looked for as `12`
        runs = [run for run in runs if len(run) > 1 or not _is_han(run)]
    words = tuple(map(_make_word, runs))
    if len(words) == 1:
        return Part(words[0].pieces, typed)
    return Part(id=typed, words=words) if words else None


def _make_word(run: str) -> Part:
    if run.isdecimal():
        pieces = {Field.ADDRESS: frozenset({run[:_LONGEST_WORD]})}
        if len(run) in _ENDS:
            pieces[Field.PHONE] = frozenset({run})
        elif len(run) >= _FEWEST_DIGITS:
            pieces[Field.PHONE] = frozenset({normalise_phone(run)})
        return Part(pieces)
    if not _is_han(run):
        begun = frozenset({run[:_LONGEST_WORD]})
        name = {Field.NAME: begun, Field.CONTACTS: begun} if len(run) >= _SHORTEST_WORD else {}
        return Part({**name, Field.ADDRESS: begun})
    size = min(len(run), _LONGEST_NAME)
    whole = frozenset(run[start : start + size] for start in range(len(run) - size + 1))
    pieces = {Field.NAME: whole}
    if len(run) > 1:
        pieces |= {Field.CONTACTS: whole, Field.ADDRESS: frozenset(_cut_address(run))}
    return Part(pieces)
