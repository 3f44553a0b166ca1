"""Make or change one rota in the console."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.rota_writing import WrittenRota, check_area, load_entry, make_registry, write_rota_now
from homebeat.actions.work import Work
from homebeat.domain.errors import BadRota, NotAllowed, StaleVersion
from homebeat.domain.ids import AreaId
from homebeat.domain.role import Operation
from homebeat.registry.home_fields import format_place
from homebeat.registry.rota_file import read_rota_table


@dataclass(frozen=True, slots=True)
class SetRota:
    """Make one rota say what a form says. From then on the console keeps it: an import leaves it as it is.

    1. Read it by the rules of the rota file; every fault is named. It lies in an area where the principal arranges duty.
    2. An area has one rota of each kind. One that is there is changed only as the principal saw it, and stays in its area.
    3. Find the gaps of the coming four weeks, with the swaps and the leave that were entered. Unless they are accepted, or where
       it is only asked, write nothing.
    4. Write it, what it was before beside it, and the shifts of the coming weeks; write to each person whose shifts change.

    Attributes:
        rota: A table of the rota file. Without `id` it gets one of its area and kind.
        version: Of what the principal saw; 0 for a new one.
    """

    name: ClassVar = "set_rota"
    operation: ClassVar = Operation.ARRANGE_DUTY

    rota: Mapping[str, Any]
    version: int = 0
    accepts_gaps: bool = False
    only_asked: bool = False

    def run(self, work: Work) -> WrittenRota:
        """Returns what it leaves open, and whether it was written.

        Raises:
            BadRota: Something is wrong with it; every fault is named.
        """
        area, kind = (str(self.rota.get(name) or "") for name in ("area", "kind"))
        check_area(work, AreaId(area))
        tree = {"id": f"{area}-{kind}", **self.rota}
        rota, found = read_rota_table(tree, make_registry(work, AreaId(area)))
        if found:
            raise BadRota([(format_place(place), text) for place, text in found])
        standing = work.tx.rotas.list_rotas(since=work.now)
        same = [one for one in standing if (one.rota.area, one.rota.kind) == (rota.area, rota.kind) and one.rota.id != rota.id]
        if same:
            raise BadRota([("kind", f"{same[0].rota.id!r} is there already: one rota of this kind is enough")])
        before = work.tx.rotas.find_entry(rota.id)
        if before is not None and before.rota.area != rota.area:
            raise NotAllowed("a rota stays in its area: retire it, and make one there")
        if self.version or (before is not None and before.retired_at is None):
            if before is None:
                raise StaleVersion("this rota is no more: look at it again")
            load_entry(work, rota.id, self.version)
        return write_rota_now(work, rota, before, accepts_gaps=self.accepts_gaps, only_asked=self.only_asked)

    def record(self, result: WrittenRota) -> Record | None:
        """The rota, its area, and how many gaps were accepted."""
        if not result.is_written:
            return None
        return Record(f"rota:{result.rota.id}", {"area": result.rota.area, "version": result.version, "gaps": len(result.gaps)})
