"""Tries a change of a rule on the past weeks, and draws what came of it beside the change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from markupsafe import Markup

from homebeat.actions.view import View
from homebeat.backtest import Comparison
from homebeat.backtest.report import Variant
from homebeat.backtest.request import Backtest, BacktestRequest, BacktestState
from homebeat.console.backtest.page import draw_comparison
from homebeat.console.web.person import show_masked
from homebeat.domain.durations import format_duration
from homebeat.domain.ids import AreaId, ResidentId
from homebeat.domain.role import Field, Relation
from homebeat.domain.setting_change import RULES
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

PAST: Final = timedelta(weeks=8)
#: Of whom most changes, so many are named.
_NAMED: Final = 10
_FAILED: Final = msg("It could not be tried: %(why)s")
_STOPPED: Final = msg("It was stopped.")


@dataclass(frozen=True, slots=True)
class LoadLine:
    """Something that is counted, in force and after the change; `is_worse` where people would miss something."""

    name: str
    before: str
    after: str
    is_worse: bool = False


@dataclass(frozen=True, slots=True)
class ChangedResident:
    """Somebody for whom the change matters."""

    href: str
    name: str
    alerts: str
    wait: str


@dataclass(frozen=True, slots=True)
class TrialSight:
    """What the page shows of a trial.

    Attributes:
        progress: While it runs, in percent; else empty.
        failed: Why nothing came of it.
        missed: How many alerts that are opened now would not be, though help was needed; empty for none.
        changed: For how many residents something changes.
        residents: Those for whom most changes; None where the role does not show habits.
    """

    id: str
    progress: str = ""
    failed: str = ""
    span: str = ""
    loads: Sequence[LoadLine] = ()
    waits: Sequence[LoadLine] = ()
    found: Sequence[LoadLine] = ()
    missed: str = ""
    changed: str = ""
    residents: Sequence[ChangedResident] | None = ()
    curve: str = ""


def make_trial_request(
    area: AreaId | None, code: str, shown: Mapping[str, Any], after: Mapping[str, Any], beneath: Mapping[str, Any]
) -> BacktestRequest:
    """Make the request that compares what holds with a change.

    Args:
        area: None for everywhere.
        code: Of the rule.
        shown: What holds there now, by the name of the setting.
        after: The change, as a settings file would have it.
        beneath: What holds without the console there.
    """
    before = "" if area is None else f"areas.{area}."
    wanted = {name: after.get(name, _write(beneath[name])) for name in shown}
    differing = {name: value for name, value in wanted.items() if value != _write(shown[name])}
    settings = {f"{before}{RULES}{code}.{name}": value for name, value in differing.items()}
    return BacktestRequest(area, PAST, None, settings)


def summarise(trial: Backtest | None, request: BacktestRequest) -> dict[str, Any] | None:
    """Sum a trial up for the record of a change; None where these very values were not tried."""
    if trial is None or trial.state is not BacktestState.DONE or trial.request != request or trial.result is None:
        return None
    now, then = trial.result.variants[0], trial.result.variants[-1]
    return {
        "before": _count_weekly(now, trial.result),
        "after": _count_weekly(then, trial.result),
        "days": round(trial.result.days, 1),
        "missed": _count_missed(now, then),
        "changed": trial.result.differences[0].residents_changed,
    }


def draw_trial(trial: Backtest, view: View, line: frozenset[AreaId], words: Wording) -> TrialSight:
    """Draw a trial for who looks; `line`: the area with all above it, empty for everywhere."""
    if trial.state is BacktestState.RUNNING:
        return TrialSight(trial.id, progress=f"{trial.share:.0%}")
    result = trial.result
    if result is None:
        failed = trial.state is BacktestState.FAILED
        return TrialSight(trial.id, failed=words.text(_FAILED, why=trial.error or "?") if failed else words.text(_STOPPED))
    now, then, difference = result.variants[0], result.variants[-1], result.differences[0]
    missed, renamed = _count_missed(now, then), replace(then, name=words.text("With the change"))
    return TrialSight(
        trial.id,
        span=f"{result.from_at[:10]} – {result.until_at[:10]}",
        loads=_list_loads(now, then, result, words),
        waits=_list_waits(now, then, words),
        found=_list_found(now, then, words),
        missed=str(missed) if missed else "",
        changed=words.number(difference.residents_changed, 0),
        residents=_name_residents(result, view, line, words),
        curve=Markup(draw_comparison(replace(result, variants=[now, renamed]), words)),  # noqa: S704  escaped where it is drawn
    )


def _write(value: Any) -> Any:
    return format_duration(value) if isinstance(value, timedelta) else value


def _count_weekly(variant: Variant, result: Comparison) -> float:
    return round(sum(load.alerts for load in variant.rules) * 7 / max(result.days, 1.0), 1)


def _count_missed(now: Variant, then: Variant) -> int:
    """Count alerts that are opened now and would not be, though people found that help was needed."""
    kept = [sum(one.kept for one in some.answers if one.label == "true") for some in (now, then)]
    return max(0, kept[0] - kept[1])


def _list_loads(now: Variant, then: Variant, result: Comparison, words: Wording) -> list[LoadLine]:
    """List alerts a week: in all, and by rule where it differs."""
    weeks = max(result.days, 1.0) / 7
    before, after = ({load.rule: load.alerts for load in one.rules} for one in (now, then))
    differing = [code for code in {**before, **after} if before.get(code, 0) != after.get(code, 0)]
    rows = [(words.text("All alerts a week"), sum(before.values()), sum(after.values()))]
    rows += [(words.rule_name(code), before.get(code, 0), after.get(code, 0)) for code in differing]
    return [LoadLine(name, words.number(first / weeks), words.number(second / weeks)) for name, first, second in rows]


def _list_waits(now: Variant, then: Variant, words: Wording) -> list[LoadLine]:
    def write(hours: float | None) -> str:
        return "–" if hours is None else words.duration(hours * 3_600)

    def share(part: float | None) -> str:
        return "–" if part is None else f"{part:.1%}"

    a, b = now.collapses, then.collapses
    return [
        LoadLine(words.text("Mean wait"), write(a.mean_h), write(b.mean_h), (b.mean_h or 0) > (a.mean_h or 0)),
        LoadLine(words.text("95 % are found within"), write(a.p95_h), write(b.p95_h), (b.p95_h or 0) > (a.p95_h or 0)),
        LoadLine(
            words.text("Found within 12 h"), share(a.within_12h), share(b.within_12h), (b.within_12h or 0) < (a.within_12h or 0)
        ),
        LoadLine(words.text("Never found: the rule is off"), str(a.missed), str(b.missed), b.missed > a.missed),
    ]


_LABELS: Final[Mapping[str, str]] = {
    "true": msg("Needed help"),
    "false": msg("All was well"),
    "away": msg("Confirmed away"),
    "device": msg("Device was the cause"),
}


def _list_found(now: Variant, then: Variant, words: Wording) -> list[LoadLine]:
    """List alerts that people closed, by what they found, and how many of them each would have opened."""
    return [
        LoadLine(
            words.text(_LABELS[a.label]),
            f"{a.kept} / {a.closed}",
            f"{b.kept} / {b.closed}",
            a.label == "true" and b.kept < a.kept,
        )
        for a, b in zip(now.answers, then.answers, strict=True)
    ]


def _name_residents(result: Comparison, view: View, line: frozenset[AreaId], words: Wording) -> list[ChangedResident] | None:
    """Name those for whom most changes; None where the role does not always show habits."""
    if not view.principal.sees(Field.HABITS, line, frozenset({Relation.IN_AREA})):
        return None
    found = []
    for one in result.differences[0].residents[:_NAMED]:
        entry = view.find_resident(ResidentId(one.resident), is_shown=False)
        if entry is None:
            continue
        waits = ("–" if hours is None else words.duration(hours * 3_600) for hours in (one.wait_before_h, one.wait_after_h))
        found.append(
            ChangedResident(
                f"/resident/{quote(one.resident, safe='')}",
                show_masked(entry.resident.name, words),
                f"{one.alerts_before} → {one.alerts_after}",
                " → ".join(waits),
            )
        )
    if found:
        view.note("settings", {Field.HABITS})
    return found
