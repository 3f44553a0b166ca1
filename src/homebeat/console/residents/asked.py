"""What is asked of the list of residents, as its address has it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final
from urllib.parse import urlencode

from homebeat.domain.ids import AreaId
from homebeat.store import ResidentFilter

STATES: Final = ("active", "quiet", "unknown")
_YES_NO: Final = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class AskedResidents:
    """What somebody typed and chose; all of it may be empty.

    Attributes:
        q: A name, an address, a number or an id.
        blind: `yes` or `no`, as `away` and `alert`.
    """

    q: str = ""
    area: str = ""
    state: str = ""
    blind: str = ""
    away: str = ""
    alert: str = ""

    def make_filter(self) -> ResidentFilter:
        """Make the filter that it means."""
        return ResidentFilter(
            AreaId(self.area) if self.area else None,
            self.state or None,
            is_blind=_YES_NO.get(self.blind),
            is_away=_YES_NO.get(self.away),
            has_alert=_YES_NO.get(self.alert),
        )

    def write_query(self, cursor: str | None = None) -> str:
        """Write it as the query of an address."""
        given = {name: value for name, value in asdict(self).items() if value}
        return urlencode(given | ({"cursor": cursor} if cursor else {}))
