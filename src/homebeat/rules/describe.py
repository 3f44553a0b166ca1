"""What a rule says of itself in its docstring: for docs/rules.md and for whoever sets it. It stands in no second place."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any, Final

#: What a rule's docstring says, in this order, after its first sentence.
PARTS: Final = ("Means", "Needs", "Wrong when", "Defaults")
_PART: Final = re.compile(r"\b(Means|Needs|Wrong when|Defaults): ")


def describe_rule(rule: type[Any]) -> tuple[str, Mapping[str, str]]:
    """Describe a rule in English: its first sentence, and the text of each of `PARTS`."""
    text = inspect.getdoc(rule) or ""
    text = " ".join(text.split("Raises:")[0].split())
    first, *pieces = _PART.split(text)
    return first.strip(), {name: words.strip() for name, words in zip(pieces[::2], pieces[1::2], strict=True)}
