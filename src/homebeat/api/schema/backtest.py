"""The request for a back-test, and its state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from homebeat.api.schema.home import HIDDEN
from homebeat.api.times import Instant, format_instant, format_or_none
from homebeat.backtest import Comparison
from homebeat.backtest.request import Backtest, BacktestRequest, BacktestState
from homebeat.domain.durations import format_duration, parse_duration
from homebeat.domain.role import Field as Masked


def _check_duration(raw: object) -> str:
    """Check that the text is a duration, and keep it as it came."""
    if not isinstance(raw, str):
        raise ValueError("write a duration as PT12H or P56D")  # noqa: TRY004 - pydantic wants a ValueError
    if not timedelta(hours=1) <= parse_duration(raw) <= timedelta(days=400):
        raise ValueError("from PT1H to P400D")
    return raw


Duration = Annotated[str, BeforeValidator(_check_duration), Field(examples=["P56D"])]


class BacktestWanted(BaseModel):
    """What to compare with the settings in force, and over what."""

    model_config = ConfigDict(extra="forbid")

    area: str | None = Field(default=None, max_length=200, description="This area and all below it; without it, all.")
    last: Duration = Field(default="P56D", description="Count the last so long.")
    warm_up: Duration | None = Field(default=None, description="Fold so much before that (28 days).")
    set: dict[str, str | float | bool] = Field(
        default_factory=dict,
        max_length=100,
        description="Settings by dotted key.",
        examples=[{"rules.no_sign_of_life.limit": "PT8H"}],
    )
    rules: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        max_length=100,
        description="The same as a table, as in a settings file.",
        examples=[{"no_sign_of_life": {"limit": "PT8H"}}],
    )


class BacktestItem(BaseModel):
    """A backtest and where it stands; `result` once it is done."""

    id: str
    state: BacktestState
    share: float = Field(description="How much of the readings has been taken, 0 to 1.")
    area: str | None
    last: str
    asked_by: str
    started_at: Instant
    ended_at: Instant | None
    error: str | None
    result: Comparison | None = Field(
        description="null before it is done. Its lists of single homes (`residents`, `alerts`) are empty for whoever does not "
        "always see habits: an administrator."
    )
    hidden: list[Masked] = HIDDEN


def make_request(wanted: BacktestWanted) -> BacktestRequest:
    """Make the request as plain values."""
    warm_up = None if wanted.warm_up is None else parse_duration(wanted.warm_up)
    return BacktestRequest(wanted.area, parse_duration(wanted.last), warm_up, wanted.set, wanted.rules)


def make_backtest_item(backtest: Backtest, *, shows_homes: bool) -> BacktestItem:
    """Make the item of a back-test; with `shows_homes` it also says for whom what changes."""
    return BacktestItem(
        id=backtest.id,
        state=backtest.state,
        share=round(backtest.share, 3),
        area=backtest.request.area,
        last=format_duration(backtest.request.last),
        asked_by=backtest.asked_by,
        started_at=format_instant(backtest.started_at),
        ended_at=format_or_none(backtest.ended_at),
        error=backtest.error,
        result=backtest.result if shows_homes else _drop_homes(backtest.result),
        hidden=[] if shows_homes else [Masked.HABITS],
    )


def _drop_homes(result: Comparison | None) -> Comparison | None:
    """Leave out what is about single homes: how long somebody is quiet, and when."""
    if result is None:
        return None
    return replace(result, differences=[replace(one, residents=[], alerts=[]) for one in result.differences])
