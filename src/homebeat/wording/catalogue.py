"""The texts of a language, read from its `.po` file once and kept in memory: there is no compiled file to forget."""

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
    """Mark a constant for the catalogue; it is translated later, when the reader is known."""
    return text


def po_path(language: Language) -> Path:
    """Where the texts of a language are kept."""
    return LOCALE_FOLDER / language.locale / "LC_MESSAGES" / "homebeat.po"


@cache
def translations(language: Language) -> gettext.NullTranslations:
    """Texts of a language; English is the text in the code itself.

    Raises:
        OSError: The installation is incomplete.
    """
    if language is DEFAULT_LANGUAGE:
        return gettext.NullTranslations()
    with po_path(language).open("rb") as source:
        catalogue = read_po(source, locale=language.locale)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
