"""How the intake stands, in a small file beside the journal: the intake writes it each second, and the watch tells it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from homebeat.ingest.journal.segments import replace_file

_NAME: Final = "standing.json"
#: So many of the newest holes are kept.
MOST_HOLES: Final = 200


class CloudStanding(msgspec.Struct):
    """How one cloud's pushes went. Times are epoch ms.

    Attributes:
        taken: Messages that are in the journal, and were answered in time.
        repeated: Messages that had been taken before, and were answered so.
        refused: Requests that were not the cloud's, or not right, by reason.
        failed: Messages of the cloud that we did not take, or answered too late, by reason.
        blind_ms: For how long messages of this cloud were lost, as far as is known, without what stands open.
        blind_since: Since when they are being lost; None when they are not.
        why: Why.
        row: Failures in a row; failed_at: the last of them.
    """

    kind: str
    taken: int = 0
    repeated: int = 0
    refused: dict[str, int] = {}
    failed: dict[str, int] = {}
    taken_at: int | None = None
    blind_ms: int = 0
    blind_since: int | None = None
    why: str = ""
    row: int = 0
    failed_at: int = 0


class Hole(msgspec.Struct):
    """A span in which messages of a cloud were lost, as far as is known; `no` counts on from 1, and times are epoch ms."""

    no: int
    cloud: str
    since: int
    until: int
    why: str


class IntakeStanding(msgspec.Struct):
    """How the intake stands.

    Attributes:
        turn: Grows with each writing: a file that does not change is of an intake that does not run.
        at: When it was written, epoch ms.
        wrong: What keeps messages from being taken; None when nothing does.
        size: What the journal takes on disk, bytes; most: what it may.
        cut: Bytes that were cut off at the last start.
        closed: Connections that a limit closed, by reason.
        strangers: Requests that belong to no cloud.
    """

    turn: int = 0
    at: int = 0
    started_at: int = 0
    wrong: str | None = None
    size: int = 0
    most: int = 0
    cut: int = 0
    strangers: int = 0
    closed: dict[str, int] = {}
    clouds: dict[str, CloudStanding] = {}
    holes: list[Hole] = []


def read_standing(folder: Path) -> IntakeStanding | None:
    """Read how the intake stood when it last wrote; None where there is no such file, or it is damaged."""
    try:
        return msgspec.json.decode((folder / _NAME).read_bytes(), type=IntakeStanding)
    except (OSError, msgspec.DecodeError):
        return None


def write_standing(folder: Path, standing: IntakeStanding) -> None:
    """Write how the intake stands."""
    replace_file(folder / _NAME, msgspec.json.encode(standing))
