"""Take in what another installation has exported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import NotAllowed
from homebeat.domain.ids import DeviceId
from homebeat.domain.role import Operation
from homebeat.store.portable.nouns import NOUNS, Noun
from homebeat.stream.batch import Batch


class Exported(Protocol):
    """What was exported, as it is read."""

    def list_devices(self) -> list[DeviceId]:
        """List the devices in the order in which readings name them by number."""
        ...

    def read_rows(self, noun: Noun) -> Iterable[dict[str, Any]]:
        """Read the rows of a noun."""
        ...

    def read_readings(self) -> Iterator[Batch]:
        """Read the readings in their order."""
        ...


@dataclass(frozen=True, slots=True)
class TakeIn:
    """Take in everything that was exported, into an installation that has nothing.

    1. This installation must be empty.
    2. Write the rows of each noun, and seal with keys of this installation what was open on the way.
    3. Write the readings behind each other, as they arrived there.
    4. Make what follows from the rows: where areas lie, who answers where, in which queues alerts stand.

    Attributes:
        source: Where it came from, as the audit names it: the digest of the manifest.
        exported: What comes in.
    """

    name: ClassVar = "take_in"
    operation: ClassVar = Operation.CARRY

    source: str
    exported: Exported = field(repr=False)

    def run(self, work: Work) -> dict[str, int]:
        """Returns how many rows of each noun came in."""
        into = work.tx.portable
        there = into.find_rows()
        if there is not None:
            raise NotAllowed(f"this installation is not empty, it has {there}: import into a new database")
        counts: dict[str, int] = {}
        for noun in NOUNS:
            counts[noun.name] = into.write_rows(noun, self.exported.read_rows(noun), work.now)
        into.count_devices(self.exported.list_devices())
        counts["readings"] = sum(map(into.write_readings, self.exported.read_readings()))
        into.finish()
        return counts

    def record(self, result: dict[str, int]) -> Record | None:
        """From which export, and how many rows of what."""
        return Record("", {"source": self.source, **{name: count for name, count in result.items() if count}})
