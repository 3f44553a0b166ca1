"""Hides what is too small to be shown to somebody who may see no alert: it may be about somebody whom they know."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, replace
from typing import Any, Final

from homebeat.domain.actor import ActorKind
from homebeat.evidence.report import (
    Breakdown,
    EvidenceReport,
    FiringTime,
    FollowUpFigures,
    GroupFigures,
    ProviderFigures,
    TargetResult,
    TimeSpread,
)

#: How what a provider was asked may have ended: together they are all that it was asked.
_ORDERS: Final = ("open", "kept", "late", "missed", "declined", "unanswered", "excused")
#: The counts of a group, each with what it is a part of.
_PARTS: Final = {"open": "alerts", "false": "closed", "escalated": "alerts", "returned": "alerts", "stale": "alerts"}
#: An alert may be in several groups of these, or in none: they do not add up to the total.
_OVERLAPPING: Final = frozenset({"area", "device_model", "rule_and_model"})


def hide_contacts(report: EvidenceReport) -> EvidenceReport:
    """Leave out what contacts answered: their ids say who belongs to which home."""
    return replace(report, answers=[one for one in report.answers if not one.who.startswith(f"{ActorKind.CONTACT}:")])


def hide_small(report: EvidenceReport, smallest: int) -> EvidenceReport:
    """Hide counts from 1 to below `smallest`, groups that small, and what would give such a count away.

    Days are left out: most of them are small. So are single homes, and who answered how often.
    """
    load = report.load
    many = _is_enough(report.total.alerts, smallest)
    shows_chattering = _is_shown_part(load.chattering, report.total.alerts, smallest)
    return replace(
        report,
        smallest=smallest,
        residents=_hide(report.residents, smallest),
        resident_months=report.resident_months if _is_enough(report.residents, smallest) else None,
        left_out=_hide(report.left_out, smallest),
        total=_hide_group(report.total, smallest),
        breakdowns=[
            replace(one, groups=_hide_groups(one, report.total, smallest))
            for one in report.breakdowns
            # of one rule these add up to what is shown of the rule: what is small could be reckoned
            if one.by != "rule_and_model"
        ],
        load=replace(
            load,
            per_day=load.per_day if many else None,
            per_resident_month=load.per_resident_month if many else None,
            peak=_hide(load.peak, smallest),
            floods=_hide(load.floods, smallest),
            stale_share=load.stale_share if _is_shown_part(report.total.stale, report.total.alerts, smallest) else None,
            chattering=load.chattering if shows_chattering else None,
            chattering_share=load.chattering_share if shows_chattering else None,
            sources=_hide(load.sources, smallest),
            top=[],
            days=[],
        ),
        firing=[_hide_firing(one, smallest) for one in report.firing],
        taken_by=report.taken_by if _is_enough(report.total.targets[0].decided, smallest) else [],
        answers=[],
        providers=[_hide_provider(one, smallest) for one in report.providers],
        follow_ups=_hide_follow_ups(report.follow_ups, smallest),
    )


def _hide_provider(one: ProviderFigures, smallest: int) -> ProviderFigures:
    """Hide how its orders ended where one of these counts is small: it could be reckoned from the others. So with complaints."""
    counts = {name: getattr(one, name) for name in (*_ORDERS, "failed", "complaints", "complaints_rejected")}
    shown: dict[str, Any] = {name: _hide(count, smallest) for name, count in counts.items()}
    if any(_is_hidden(counts[name], smallest) for name in _ORDERS):
        shown |= dict.fromkeys((*_ORDERS, "failed"))
    upheld = (one.complaints or 0) - (one.complaints_rejected or 0)
    if any(_is_hidden(count, smallest) for count in (one.complaints, one.complaints_rejected, upheld)):
        shown |= dict.fromkeys(("complaints", "complaints_rejected"))
    return replace(
        one,
        asked=_hide(one.asked, smallest),
        **shown,
        failed_share=one.failed_share if _is_enough(one.asked, smallest) and not _is_hidden(one.failed, smallest) else None,
        times=[_hide_times(times, one.asked or 0, smallest) for times in one.times],
    )


def _hide_follow_ups(found: FollowUpFigures, smallest: int) -> FollowUpFigures:
    """Hide all of them where one is small: together they are all closed alerts that were followed up."""
    counts: dict[str, int | None] = asdict(found)
    if any(_is_hidden(count, smallest) for count in counts.values()):
        return FollowUpFigures(**dict.fromkeys(counts))
    return found


def _hide_group(group: GroupFigures, smallest: int) -> GroupFigures:
    shown = {name for name, whole in _PARTS.items() if _is_shown_part(getattr(group, name), getattr(group, whole), smallest)}
    if "open" not in shown:  # from a share of the closed ones follows how many these are
        shown.discard("false")
    return replace(
        _hide_parts(group, _PARTS.keys() - shown),
        alerts=_hide(group.alerts, smallest),
        times=[_hide_times(one, group.alerts or 0, smallest) for one in group.times],
        targets=[_hide_target(one, smallest) for one in group.targets],
    )


def _hide_parts(group: GroupFigures, names: Collection[str]) -> GroupFigures:
    """Hide parts of a group, with what says the same: the share, and of what is open what is closed."""
    also = {"open": ("closed",), "false": ("false_share",), "escalated": ("escalated_share",)}
    hidden: dict[str, Any] = dict.fromkeys([one for name in names for one in (name, *also.get(name, ()))])
    return replace(group, **hidden)


def _hide_groups(breakdown: Breakdown, total: GroupFigures, smallest: int) -> list[GroupFigures]:
    """Hide what is small in each group, and what would give it away: what is left of the total without the other groups."""
    groups = [_hide_group(group, smallest) for group in _drop_small(breakdown, total.alerts or 0, smallest)]
    if breakdown.by in _OVERLAPPING:
        return groups
    for name in _PARTS:
        shown = sorted((value, i) for i, group in enumerate(groups) if (value := getattr(group, name)) is not None)
        left = getattr(total, name) - sum(value for value, _ in shown)
        for value, i in shown:
            if not 0 < left < smallest:
                break
            groups[i], left = _hide_parts(groups[i], {name}), left + value
    return groups


def _drop_small(breakdown: Breakdown, alerts_in_all: int, smallest: int) -> list[GroupFigures]:
    """Drop small groups, and the next larger one where what was dropped could be reckoned from the total."""
    small = sorted((group.alerts or 0, group.group) for group in breakdown.groups)
    # alerts on no device's word are in no group of models: they are what is left of the total
    dropped, total = set[str](), max(0, alerts_in_all - sum(alerts for alerts, _ in small))
    for alerts, name in small:
        # areas lie in each other: they do not add up to the total
        if alerts >= smallest and (breakdown.by == "area" or not 0 < total < smallest):
            break
        dropped.add(name)
        total += alerts
    return [group for group in breakdown.groups if group.group not in dropped]


def _hide_times(times: TimeSpread, alerts: int, smallest: int) -> TimeSpread:
    if _is_hidden(times.reached, smallest):
        return replace(times, reached=None, p50_s=None, p90_s=None, p99_s=None)
    return replace(times, reached=None) if _is_hidden(alerts - (times.reached or 0), smallest) else times


def _hide_target(target: TargetResult, smallest: int) -> TargetResult:
    """How often a target was met is said of the desk, not of residents: of ten alerts and more it is shown."""
    if not _is_hidden(target.decided, smallest):
        return target
    return replace(target, decided=None, within=None, share=None, is_met=None)


def _hide_firing(firing: FiringTime, smallest: int) -> FiringTime:
    return replace(firing, subjects=None, hours=None) if _is_hidden(firing.subjects, smallest) else firing


def _hide(count: int | None, smallest: int) -> int | None:
    return None if _is_hidden(count, smallest) else count


def _is_hidden(count: int | None, smallest: int) -> bool:
    return count is None or 0 < count < smallest


def _is_shown_part(part: int | None, whole: int | None, smallest: int) -> bool:
    """Whether neither a part nor what is left of its whole is small: each is what is left without the other."""
    return not _is_hidden(part, smallest) and not _is_hidden((whole or 0) - (part or 0), smallest)


def _is_enough(count: int | None, smallest: int) -> bool:
    return count is not None and count >= smallest
