"""Writes tables that spreadsheet programs open, and `sheet_tree` reads."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Sequence


def write_csv(rows: Iterable[Sequence[object]]) -> bytes:
    """Write rows as CSV in UTF-8, with the mark by which Excel knows it."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return codecs.BOM_UTF8 + text.getvalue().encode()
