"""What the sentences of each story's alerts are made of: code and numbers of every reason, kept in `reasons.txt`.

A story says what comes, and when. The numbers that people read are compared with this file. `python -m tests.scenarios.reasons`
writes it anew; read the difference before you commit it.
"""

from __future__ import annotations

import importlib
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from homebeat.domain.alert import TransitionKind
from tests.scenarios.running import Told, tell
from tests.scenarios.tale import Tale

MACHINERY = {"tale", "running", "reasons", "stored", "test_scenarios"}
STORIES = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem not in MACHINERY)
PEOPLE = {TransitionKind.ACKNOWLEDGED, TransitionKind.RESOLVED}
FILE = Path(__file__).with_name("reasons.txt")


def list_reasons(tale: Tale, told: Told) -> list[str]:
    """A line for each step that no person made."""
    return [
        f"{alert.rule} {step.kind.value}: {step.reason.code}"
        + "".join(f" {name}={_write(tale, name, value)}" for name, value in sorted(step.reason.params.items()))
        for alert, step in told.steps
        if step.kind not in PEOPLE
    ]


def _write(tale: Tale, name: str, value: object) -> str:
    if not (name == "at" or name.endswith("_at")) or not isinstance(value, int):
        return repr(value)
    local = datetime.fromtimestamp(value / 1000, ZoneInfo(tale.zone))
    return f"{(local.date() - datetime.fromisoformat(tale.begins).date()).days}d{local:%H:%M:%S}"


def read_known() -> dict[str, list[str]]:
    """The lines of the file, by story."""
    stories = FILE.read_text(encoding="utf-8").strip("[\n").split("\n[")
    return {
        name: [line for line in lines.split("\n") if line] for name, _, lines in (story.partition("]\n") for story in stories)
    }


def load_tale(story: str) -> Tale:
    """The tale of a story's module."""
    tale: Tale = importlib.import_module(f"tests.scenarios.{story}").tale
    return tale


def main() -> None:
    """Write the file."""
    parts = []
    for story in STORIES:
        tale = load_tale(story)
        parts.append("\n".join([f"[{story}]", *list_reasons(tale, tell(tale)), ""]))
    FILE.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
