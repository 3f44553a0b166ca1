"""Public holidays: `[[holidays.NAME]]`, a table for each year. Rotas name the calendar that they go by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from homebeat.domain.rota import Holidays
from homebeat.settings.section import Section

_Days = Annotated[tuple[date, ...], Field(max_length=366)]


class HolidayYear(Section):
    """The holidays of one year.

    Attributes:
        off: Days on which people do not work.
        work: Saturdays and Sundays on which they do.
    """

    year: int = Field(ge=2000, le=2100)
    off: _Days = ()
    work: _Days = ()

    @model_validator(mode="after")
    def _check_days(self) -> HolidayYear:
        for day in (*self.off, *self.work):
            if day.year != self.year:
                raise ValueError(f"{day} is not a day of {self.year}")
        if both := sorted({*self.off} & {*self.work}):
            raise ValueError(f"{both[0]} is in `off` and in `work`")
        return self


def _check_years(years: tuple[HolidayYear, ...]) -> tuple[HolidayYear, ...]:
    for year, count in Counter(one.year for one in years).items():
        if count > 1:
            raise ValueError(f"{year} is there {count} times")
    return years


#: The years of one calendar.
HolidayYears = Annotated[tuple[HolidayYear, ...], Field(max_length=101), AfterValidator(_check_years)]


def make_calendars(given: Mapping[str, tuple[HolidayYear, ...]]) -> dict[str, Holidays]:
    """Make the holidays of each calendar."""
    return {
        name: Holidays(
            frozenset(day for one in years for day in one.off),
            frozenset(day for one in years for day in one.work),
            frozenset(one.year for one in years),
        )
        for name, years in given.items()
    }
