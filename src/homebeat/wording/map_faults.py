"""What is wrong with a map of fields, in the reader's language. The domain says it in English."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from homebeat.wording.catalogue import msg

if TYPE_CHECKING:
    from homebeat.wording.wording import Wording

#: A part of what the domain says, and the message for it; groups of the pattern are its parameters.
MAP_FAULTS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"is not a name: ", msg("is not a name: letters, digits and . _ - only, at most 40")),
        (r"is missing, or longer than (?P<most>\d+)", msg("is missing, or longer than %(most)s characters")),
        (r"is no filter: ", msg("is no filter: + stands for one whole level, # at the end for all that follow")),
        (r"covers the topics of homebeat's own form", msg("covers the topics of homebeat's own form, which need no map")),
        (r"no field means anything", msg("no field means anything: choose what at least one of them is")),
        (r"are more than (?P<most>\d+)", msg("are more than %(most)s")),
        (r"is not one of those that are offered", msg("is not one of those that are offered")),
        (r"which values raise this alarm", msg("is missing: which values raise this alarm, or mean nothing")),
        (r"is for alarms, and for what is true", msg("values are for alarms, and for what is true or false: leave them empty")),
        (r"is longer than \d+ values", msg("these are too many values, or too long ones")),
        (r"is not a number other than 0", msg("is not a number other than 0")),
        (r"is for numbers only", msg("a factor is for numbers only")),
        (r"is what another field is already", msg("is what another field is already")),
        (r"is not a place in the message", msg("is not a place in the message: choose one")),
        (r"is deeper than (?P<most>\d+) levels", msg("is deeper than %(most)s levels")),
        (r"is one too many: (?P<most>\d+)", msg("is one too many: %(most)s maps are in use")),
        (r"is among the topics of the map (?P<name>.*)", msg("is among the topics of the map %(name)s")),
    )
)


def explain_map_fault(text: str, words: Wording) -> str:
    """Explain in the reader's language what is wrong with a part of a map."""
    for pattern, message in MAP_FAULTS:
        if found := pattern.search(text):
            return words.text(message, **found.groupdict()) if found.groupdict() else words.text(message)
    return text
