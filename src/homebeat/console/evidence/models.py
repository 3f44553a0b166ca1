"""Renders the report about models of devices as one self-contained page that loads nothing and prints well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from homebeat.console.web.page import Templates, read_style
from homebeat.evidence.model_report import ModelFigures, ModelReport
from homebeat.evidence.shifts import find_zone
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

_PARTS: Final = {
    "false_alarms": msg("False alarms"),
    "ease_of_use": msg("Ease of use: not worn"),
    "silence": msg("Silent, of the time"),
    "battery": msg("Low batteries"),
}
_WORST: Final = {
    "false_alarms": msg("%(n)s a device in 30 days"),
    "ease_of_use": msg("%(n)s of the time"),
    "silence": msg("%(n)s of the time"),
    "battery": msg("%(n)s a device in 30 days"),
}
_SHARES: Final = frozenset({"ease_of_use", "silence"})


@dataclass(frozen=True, slots=True)
class KindOfModels:
    """The models of one kind of device."""

    name: str
    models: list[ModelFigures]
    is_worn: bool


def render_models(report: ModelReport, area_names: Mapping[str, str], language: str, *, is_alone: bool = True) -> str:
    """Render the report as HTML, in English or Chinese.

    Args:
        report: As it may be shown.
        area_names: The name of each area by its id.
        language: A tag.
        is_alone: The page is a file: its style stands in it.
    """
    words = Wording(language)
    kinds: dict[str, list[ModelFigures]] = {}
    for one in report.models:
        kinds.setdefault(one.kind, []).append(one)
    html = Templates().render(
        "models.html",
        words,
        style=read_style("report.css") if is_alone else "",
        r=report,
        labels=ModelLabels(words),
        span=_write_span(report, words),
        where=f"{area_names[report.area]} ({report.area})"
        if report.area in area_names
        else report.area or words.text("all areas"),
        as_of=words.moment(_parse_ms(report.as_of), report.timezone),
        kinds=[
            KindOfModels(words.device_kind(kind), found, any(one.not_worn_share is not None for one in found))
            for kind, found in kinds.items()
        ],
    )
    return str(html)


class ModelLabels:
    """Writes figures in one language."""

    def __init__(self, words: Wording) -> None:
        self._words = words

    def count(self, value: float | None, places: int = 0) -> str:
        """Write a number; a dash where there is none, or where it is hidden."""
        return "–" if value is None else self._words.number(value, places)

    def share(self, value: float | None) -> str:
        """Write a share as per cent."""
        return "–" if value is None else f"{self._words.number(value * 100, 1)}%"

    def bounds(self, one: ModelFigures) -> str:
        """Write between which bounds the false share lies."""
        if one.false_low is None or one.false_high is None:
            return ""
        return f"{self.share(one.false_low)}–{self.share(one.false_high)}"

    def life(self, one: ModelFigures) -> str:
        """Write how long a battery lasts."""
        words = self._words
        if one.lives is None:
            return words.text("does not say")
        if one.life_days is not None:
            return words.text("half within %(days)s days", days=words.number(one.life_days, 0))
        if one.life_at_least_days is not None:
            return words.text("at least %(days)s days", days=words.number(one.life_at_least_days, 0))
        return words.text("not enough data")

    def part(self, code: str) -> str:
        """Name a part of the index."""
        return self._words.text(_PARTS[code])

    def amount(self, code: str, value: float | None) -> str:
        """Write the figure of a part with its unit."""
        if value is None:
            return "–"
        return self._words.text(_WORST[code], n=self.figure(code, value))

    def figure(self, code: str, value: float | None) -> str:
        """Write the figure of a part without its unit."""
        if value is None:
            return "–"
        return self.share(value) if code in _SHARES else self._words.number(value, 2)

    def troubles(self, one: ModelFigures) -> str:
        """Write what alerts the devices raised themselves, and how many were closed as false."""
        words = self._words
        said = (
            words.text(
                "%(rule)s: %(count)s (%(false)s false)", rule=words.rule_name(each.rule), count=each.alerts, false=each.false
            )
            if each.false
            else words.text("%(name)s: %(state)s", name=words.rule_name(each.rule), state=each.alerts)
            for each in one.troubles
        )
        return words.join_list(*said) or "–"

    def list_retired(self, one: ModelFigures) -> str:
        """Write how many devices were retired, and why."""
        words, total = self._words, self.count(one.retired)
        said = (
            words.text("%(name)s: %(state)s", name=words.retirement_reason(each.reason), state=each.devices)
            for each in one.retired_for
        )
        why = words.join_list(*said)
        return words.text("%(count)s, of these %(why)s", count=total, why=why) if why else total


def _write_span(report: ModelReport, words: Wording) -> str:
    zone = find_zone(report.timezone) or UTC
    first = datetime.fromtimestamp(_parse_ms(report.from_at) / 1000, zone).date()
    last = (datetime.fromtimestamp(_parse_ms(report.until_at) / 1000, zone) - timedelta(seconds=1)).date()
    return f"{words.day(first)} – {words.day(last)}"


def _parse_ms(instant: str) -> int:
    return round(datetime.fromisoformat(instant).timestamp() * 1000)
