"""Loads the texts of a language from its `.po` file, once. There is no compiled file that could be out of date."""

from __future__ import annotations

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from homebeat.wording.language import DEFAULT_LANGUAGE, Language

LOCALE_FOLDER: Final = Path(__file__).with_name("locale")


def msg(text: str) -> str:
    """Mark a constant for the catalogue. It is translated later, when the reader is known."""
    return text


def find_po_file(language: Language) -> Path:
    """The path of the `.po` file of a language."""
    return LOCALE_FOLDER / language.locale / "LC_MESSAGES" / "homebeat.po"


@cache
def load_translations(language: Language) -> gettext.NullTranslations:
    """Load the texts of a language; English is the text in the code itself.

    Raises:
        OSError: The installation is incomplete.
    """
    if language is DEFAULT_LANGUAGE:
        return gettext.NullTranslations()
    with find_po_file(language).open("rb") as source:
        catalogue = read_po(source, locale=language.locale)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
