"""What is asked of the list of residents, as its address has it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final
from urllib.parse import urlencode

from homebeat.domain.ids import AreaId
from homebeat.store import ResidentFilter

STATES: Final = ("active", "quiet", "unknown")


@dataclass(frozen=True, slots=True)
class AskedResidents:
    """What somebody typed and chose; all of it may be empty.

    Attributes:
        q: A name, an address, a number or an id.
    """

    q: str = ""
    area: str = ""
    state: str = ""

    def make_filter(self) -> ResidentFilter:
        """Make the filter that it means."""
        return ResidentFilter(AreaId(self.area) if self.area else None, self.state or None)

    def write_query(self, cursor: str | None = None) -> str:
        """Write it as the query of an address."""
        given = {name: value for name, value in asdict(self).items() if value}
        return urlencode(given | ({"cursor": cursor} if cursor else {}))
