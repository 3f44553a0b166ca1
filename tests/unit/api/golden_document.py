"""The golden OpenAPI document, in two files: its paths, and all the rest. Each stays small enough to be read as a difference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

PATHS: Final = Path(__file__).with_name("openapi_paths.json")
REST: Final = Path(__file__).with_name("openapi_rest.json")


def write_parts(document: dict[str, Any]) -> dict[Path, str]:
    """Write a document as the text of each file."""
    rest = {name: value for name, value in document.items() if name != "paths"}
    return {PATHS: _write(document["paths"]), REST: _write(rest)}


def read_golden() -> dict[str, Any]:
    """Read the golden document as one."""
    rest: dict[str, Any] = json.loads(REST.read_text(encoding="utf-8"))
    return {**rest, "paths": json.loads(PATHS.read_text(encoding="utf-8"))}


def _write(part: dict[str, Any]) -> str:
    return json.dumps(part, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
