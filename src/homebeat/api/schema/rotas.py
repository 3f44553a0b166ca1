"""Rotas as somebody writes them by the API: the tables of the rota file."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from homebeat.actions.rota_writing import WrittenRota
from homebeat.api.schema.duty import GapItem, Name, make_gap_items
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.rota import DutyDay

Clock = Annotated[str, Field(max_length=5, description="By the wall clock, such as 08:30.")]
Day = Annotated[str, Field(max_length=10, description="Such as 2026-03-02.")]


class HoursWanted(BaseModel):
    """Hours of some days."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    days: Annotated[list[DutyDay], Field(max_length=9, description="None: every day.")] = []
    starts: Annotated[Clock, Field(alias="from")]
    to: Clock


class ShiftPatternWanted(HoursWanted):
    """A shift of every week."""

    name: Name
    who: Annotated[list[Name], Field(max_length=50, description="Of several, each for a week in turn.")] = []


class ExceptionWanted(BaseModel):
    """That somebody else has one shift, or nobody."""

    model_config = ConfigDict(extra="forbid")

    on: Day
    shift: Name
    who: Name | None = None


class RotaTable(BaseModel):
    """A rota, as the rota file has it. Without `id` it gets one of its area and kind."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    id: Name | None = None
    area: Name
    kind: ResponderKind
    timezone: Name
    starts: Annotated[Day, Field(alias="from")]
    holidays: Annotated[str, Field(max_length=40)] = ""
    hours: Annotated[list[HoursWanted], Field(max_length=50, description="When somebody must be on duty; none: always.")] = []
    shifts: Annotated[list[ShiftPatternWanted], Field(max_length=200)] = []
    exceptions: Annotated[list[ExceptionWanted], Field(max_length=1_000)] = []

    def make_table(self) -> dict[str, Any]:
        """Make the table of the rota file that says the same."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class RotaWanted(BaseModel):
    """What a rota is to say."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "rota": {
                    "area": "plum-lane",
                    "kind": "desk",
                    "timezone": "Asia/Shanghai",
                    "from": "2026-03-02",
                    "shifts": [{"name": "day", "from": "08:00", "to": "20:00", "who": ["li", "wang"]}],
                },
                "version": 0,
                "only_asked": True,
            }
        },
    )

    rota: RotaTable
    version: Annotated[int, Field(ge=0, lt=2**31, description="Of what the caller has seen; 0 for a new one.")]
    accepts_gaps: Annotated[bool, Field(description="Write it although nobody is on duty at times.")] = False
    only_asked: Annotated[bool, Field(description="Say what it would leave open, and write nothing.")] = False


class RotaVersion(BaseModel):
    """Which version of a rota the caller has seen."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"version": 3}})

    version: Annotated[int, Field(ge=1, lt=2**31)]


class RotaWritten(BaseModel):
    """What came of it."""

    rota: str
    version: int
    is_written: bool = Field(description="False where it was only asked, or where gaps were not accepted.")
    gaps: list[GapItem] = Field(description="Of the next four weeks.")


def make_rota_written(found: WrittenRota) -> RotaWritten:
    """Make what a rota leaves open."""
    return RotaWritten(rota=found.rota.id, version=found.version, is_written=found.is_written, gaps=make_gap_items(found.gaps))
