"""Draws a sheet of door labels: A4, a QR code and the same code in letters on each, in Chinese and English.

A label that is lost must tell nothing: no name, no address, and no id of the home. Which home it is for stands beside it, outside
the line along which it is cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from homebeat.console.web.page import Templates, read_style
from homebeat.domain.ids import HouseholdId
from homebeat.domain.notice import DOOR_PATH
from homebeat.identity.qr import draw_qr
from homebeat.wording import LANGUAGES, Wording
from homebeat.wording.catalogue import msg

_SAYS: Final = msg("Visitors: scan this at the door")


@dataclass(frozen=True, slots=True)
class DoorLabel:
    """One label. `household` is printed outside the line along which it is cut."""

    household: HouseholdId
    code: str
    picture: Markup


def draw_sheet(
    templates: Templates, codes: Mapping[HouseholdId, str], base: str, words: Wording, *, is_alone: bool = False
) -> str:
    """Draw the sheet as a page of its own.

    Args:
        templates: Draws it.
        codes: The code of each home.
        base: What links begin with; where the camera of a telephone leads.
        words: The language of what is not on the labels.
        is_alone: The page is a file: its style stands in it.
    """
    says = [(language.value, Wording(language).text(_SAYS)) for language in reversed(LANGUAGES)]
    labels = [
        DoorLabel(home, f"{code[:4]}-{code[4:]}", Markup(draw_qr(base + DOOR_PATH + code, code)))  # noqa: S704 - drawn by ourselves
        for home, code in codes.items()
    ]
    style = read_style("labels.css") if is_alone else ""
    return templates.render("labels.html", words, labels=labels, says=says, style=style)
