"""Note in the audit that somebody takes data out as files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class NoteExport:
    """Note that somebody writes what homebeat knows into files. Without this row the files are not finished.

    1. Change nothing: the row of the audit is all.

    Attributes:
        about: `area:ID` or `resident:ID`; empty for everything.
        format: Of the files.
        rows: How many rows there are, readings included.
    """

    name: ClassVar = "note_export"
    operation: ClassVar = Operation.CARRY

    about: str
    format: str
    rows: int

    def run(self, work: Work) -> None:
        """Changes nothing."""

    def record(self, result: None) -> Record | None:  # noqa: ARG002 -- there is nothing in it
        """Of whom, in which form, and how much."""
        return Record(self.about, {"format": self.format, "rows": self.rows})
