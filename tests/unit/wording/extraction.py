"""Finds every text written in the code and the page templates. Run it to see what still lacks Chinese, ready to be pasted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import homebeat
from homebeat.console.rules.about import SHOWN
from homebeat.rules.catalogue import RULES
from homebeat.rules.describe import describe_rule
from homebeat.wording.catalogue import find_po_file
from homebeat.wording.language import Language

SOURCE: Final = Path(homebeat.__file__).parent
#: Only what people read; elsewhere a method may be called `text` and mean something else.
METHODS: Final = [
    *((f"{layer}/**.py", "python") for layer in ("wording", "console", "api", "deliver", "response")),
    ("bootstrap/**.py", "python"),
    ("cli.py", "python"),
    ("console/templates/**", "jinja2.ext:babel_extract"),
]
#: Our own name, and a part of the page that is set by a method called `text`.
NOT_TEXTS: Final = {"homebeat", "title"}
KEYWORDS: Final = {"_": None, "msg": None, "text": None, "gettext": None, "plural": (1, 2), "ngettext": (1, 2)}

MessageId = str | tuple[str, ...]


def written_ids() -> Iterator[tuple[MessageId, str]]:
    """Each message id in the source with the place it was found."""
    found = extract_from_dir(
        str(SOURCE), method_map=METHODS, keywords=KEYWORDS, options_map={"console/templates/**": {"silent": "false"}}
    )
    for file, line, message, _comments, _context in found:
        if message not in NOT_TEXTS:
            yield message, f"{file}:{line}"
    for code, rule in RULES.items():
        first, parts = describe_rule(rule)
        for text in (first, *(parts[name] for name in SHOWN)):
            yield text, f"rules/{code}.py"


def chinese() -> Catalog:
    """The Chinese catalogue as it is in the source tree."""
    with find_po_file(Language.CHINESE).open("rb") as source:
        return read_po(source, locale=Language.CHINESE.locale)


def missing() -> dict[MessageId, str]:
    """Ids that are written somewhere and have no finished Chinese, with where they are."""
    catalogue = chinese()
    faults = {}
    for message_id, place in written_ids():
        message = catalogue.get(message_id)
        texts = message.string if message is not None else ""
        done = all(texts) if isinstance(texts, tuple) else bool(texts)
        if message is None or not done or message.fuzzy:
            faults[message_id] = place
    return faults


if __name__ == "__main__":
    for message_id, place in missing().items():
        one, *many = [message_id] if isinstance(message_id, str) else message_id
        print(f'#: {place}\nmsgid "{one}"')
        print(f'msgid_plural "{many[0]}"\nmsgstr[0] ""\n' if many else 'msgstr ""\n')
