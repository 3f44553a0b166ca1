"""Characters that a text must not carry, whoever wrote it: they forge lines, hide words, and one database refuses them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: C0 but tab and line feed, DEL and C1, and halves of a character.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
#: Marks, overrides and isolates of direction, and the line and paragraph separators.
_DIRECTION: Final = re.compile(r"[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
#: With which a spreadsheet takes a cell for a formula; the wide forms where it speaks Chinese or Japanese.
_FORMULA: Final = re.compile("[=+\\-@\\t\\r\\n＝＋－＠]")
_UNSEEN: Final = re.compile(f"{_CONTROL.pattern}|{_DIRECTION.pattern}")
_NOT_PLAIN: Final = re.compile(f"{_UNSEEN.pattern}|[\\t\\n]")


def has_control(text: str) -> bool:
    """Whether a control character other than tab and line feed, or half of a character, is in `text`."""
    return _CONTROL.search(text) is not None


def is_plain(text: str) -> bool:
    """Whether `text` is fit for a name: one line, nothing that controls a terminal or the direction of writing."""
    # nothing of what is looked for is printable, and looking for it takes five times as long
    return text.isprintable() or _NOT_PLAIN.search(text) is None


def strip_direction(text: str) -> str:
    """`text` without characters that change the direction of writing: telephone books put them around copied numbers."""
    return _DIRECTION.sub("", text)


def tidy_name(text: str) -> str:
    """`text` in one spelling: composed characters (NFC), no blanks around it, one where there were several."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def escape_unseen(text: str) -> str:
    r"""`text` as a terminal may show it: control and direction characters as `\uXXXX`, which means the same in JSON."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def make_inert(cell: str) -> str:
    """`cell` as a table of text may hold it: no spreadsheet takes it for a formula. What is in it comes from files of others."""
    return f"'{cell}" if _FORMULA.match(cell) else cell
