"""Project lint for every text file: places of one machine, download addresses, and what looks like a real person's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from tests.lint.source import Fault

_MAIL: Final = re.compile(
    r"[\w.+-]+@(?!(?:[\w-]+\.)*(?:example|test|invalid|localhost|local)\b)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b"
)
#: Written so that this file does not find itself.
_PATTERNS: Final = [
    ("machine-path", re.compile(r"(?<![\w.~$}-])/(?:work|root|Users|home/[a-z]+)/\w"), "a path of one machine"),
    ("registry", re.compile(r"py[p]i\.org|python[h]osted\.org|[n]pmjs\.|deb\.[d]ebian\.org|crates\.[i]o"), "a registry's host"),
    ("person", re.compile(r"(?<![\w.])1[3-9]\d{9}(?![\w.])"), "may be somebody's mobile number: invented ones are 139-0000-0001"),
    ("person", re.compile(r"(?<!\w)\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])[0-3]\d{4}[\dX](?!\w)"), "may be an identity number"),
    ("person", _MAIL, "may be somebody's address: invented ones end in .example"),
    ("conflict", re.compile(r"^(?:<{7}|>{7}) "), "a merge that was not finished"),
]
_GENERATED: Final = re.compile(r"requirements.*\.lock$|LICENSE$")
_CODE_AT: Final = re.compile(r"^\s*@|\w@\w+\.T\b")


def faults_of(path: PurePosixPath, text: str) -> Iterator[Fault]:
    """Find them in a text; generated lock files and the licence are as they are."""
    if _GENERATED.search(path.name):
        return
    for number, line in enumerate(text.splitlines(), 1):
        for code, pattern, says in _PATTERNS:
            if pattern.search(line) and f"lint: allow {code} " not in line and not (code == "person" and _CODE_AT.search(line)):
                yield Fault(number, code, says)
