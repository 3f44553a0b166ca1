"""The report as plain values: what page, JSON file, CSV file and API show. Times are ISO 8601 in UTC.

A count of None is hidden: it is too small to be shown to whoever may see no alert. A share or a time of None has nothing to be
computed from, or is hidden.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TimeSpread:
    """How long it took from the opening to a milestone, in seconds, over the alerts that have reached it.

    Attributes:
        milestone: `taken`, `answered`, `outcome` or `door`.
        reached: So many alerts have reached it.
        p50_s, p90_s, p99_s: So many per cent of those took at most this long; each is a time that really occurred.
    """

    milestone: str
    reached: int | None
    p50_s: float | None
    p90_s: float | None
    p99_s: float | None


@dataclass(frozen=True, slots=True)
class TargetResult:
    """A target, and how often it was met.

    Attributes:
        decided: Alerts that have reached the milestone, or have waited longer than the limit without it.
        within: Of those, how many reached it within the limit.
        share: `within` of `decided`.
        is_met: Whether `share` is at least `wanted`.
    """

    target: str
    milestone: str
    limit_s: int
    wanted: float
    decided: int | None
    within: int | None
    share: float | None
    is_met: bool | None


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """What became of the alerts of one group.

    Attributes:
        group: The code of the group: a rule, an area, a shift.
        open: Not closed yet.
        closed: Closed with an outcome.
        false: Of those closed, with the outcome `false` or `device`.
        escalated: Nobody had answered in time, and the plan went on, at least once.
        returned: Somebody took it and said nothing more: "taken, no outcome", at least once.
        stale: Open for longer than 24 hours, then or now.
        targets: Only over critical and high alerts of the care desk.
    """

    group: str
    alerts: int | None
    open: int | None
    closed: int | None
    false: int | None
    false_share: float | None
    escalated: int | None
    escalated_share: float | None
    returned: int | None
    stale: int | None
    times: list[TimeSpread]
    targets: list[TargetResult]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The same figures by one property.

    Groups of areas count what is below them too. An alert that stands on the word of devices of several models counts in each of
    these, one on the word of no device in none. All other groups add up to the total.

    Attributes:
        by: `shift`, `area`, `rule`, `priority`, `device_kind`, `provider`, `device_model`, or `rule_and_model` (its groups are
            `RULE/MODEL`). A model is "" where the fleet file names none.
        left_out: So many smaller groups are not listed.
    """

    by: str
    groups: list[GroupFigures]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class LoadSource:
    """A home, device, area or part of homebeat that alerts came from, by id, and its share of all alerts."""

    source: str
    alerts: int
    share: float


@dataclass(frozen=True, slots=True)
class DayLoad:
    """Alerts of one local day."""

    day: str
    alerts: int


@dataclass(frozen=True, slots=True)
class LoadFigures:
    """How much was asked of whoever answers, as ISA-18.2 measures it.

    Attributes:
        peak: Most alerts opened within any 10 minutes.
        floods: How often 10 alerts or more opened within 10 minutes in one area.
        flood_share: Share of the time in which that was so in at least one area.
        chattering: Alerts whose condition came back three times or more within an hour.
        sources: How many homes, devices and areas the alerts came from.
        top: The ten of them with most alerts.
    """

    per_day: float | None
    per_resident_month: float | None
    peak: int | None
    floods: int | None
    flood_share: float | None
    stale_share: float | None
    chattering: int | None
    chattering_share: float | None
    sources: int | None
    top: list[LoadSource] = field(default_factory=list)
    days: list[DayLoad] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FiringTime:
    """How long alerts of one rule held, within the time of the report.

    Attributes:
        rule: `unknown_too_long` (of residents) or `device_silent` (of devices).
        subjects: How many residents or devices there were such alerts about.
        hours: Their hours, each subject's counted once. Not the whole time in which nothing was known: see docs/evidence.md.
    """

    rule: str
    subjects: int | None
    hours: float | None


@dataclass(frozen=True, slots=True)
class CountedAnswers:
    """How often somebody answered within the time of the report.

    Attributes:
        who: `contact:HOME/ID`, `user:ACCOUNT`, `key:NAME` or `resident`.
        responder: The responder whose account it is; empty for none.
        alerts: How many alerts they answered, whatever they did, and however often.
        taken, closed, replied: How often they took one, closed one, or replied by the family's link.
    """

    who: str
    responder: str
    alerts: int
    taken: int
    closed: int
    replied: int


@dataclass(frozen=True, slots=True)
class ProviderFigures:
    """What a provider was asked within the time of the report, and what became of it.

    Attributes:
        asked: To how many alerts it was asked to go; each counts once.
        open: Not judged yet.
        missed: Somebody was to come, and nobody came.
        excused: Nobody waited for them any more: these do not count.
        failed: Late, missed, declined or unanswered; and those kept of which somebody complained.
        failed_share: Of all that count.
        complaints: Those that count since a time in the span, those that were rejected too.
        circuit: Its state now: `closed`, `open` or `trial`.
        openings: How often its circuit opened in that time.
        times: From the asking to `answered` and to `door`.
    """

    provider: str
    asked: int | None
    open: int | None
    kept: int | None
    late: int | None
    missed: int | None
    declined: int | None
    unanswered: int | None
    excused: int | None
    failed: int | None
    failed_share: float | None
    complaints: int | None
    complaints_rejected: int | None
    circuit: str
    openings: int
    times: list[TimeSpread]


@dataclass(frozen=True, slots=True)
class FollowUpFigures:
    """What was said after the closing of the alerts that opened within the time of the report.

    Attributes:
        waiting: Not answered yet.
        unanswered: Their time ran out.
    """

    waiting: int | None = 0
    unanswered: int | None = 0
    good: int | None = 0
    nobody: int | None = 0
    wrong: int | None = 0


@dataclass(frozen=True, slots=True)
class TakenBy:
    """Of the alerts that have targets, this share was taken within so many seconds."""

    within_s: int
    share: float


@dataclass(frozen=True, slots=True)
class EvidenceReport:
    """The whole report.

    Attributes:
        area: This area and all below it; empty for everything.
        timezone: Whose days and hours are counted.
        from_at, until_at: It counts alerts opened from `from_at` to before `until_at`.
        as_of: How they stood then.
        residents: Registered at any time of the span.
        left_out: Alerts that nobody has to take at once, and that are not counted: questions to residents, and slow changes.
        smallest: Smaller counts are hidden.
    """

    area: str
    timezone: str
    from_at: str
    until_at: str
    as_of: str
    days: float
    residents: int | None
    resident_months: float | None
    left_out: int | None
    smallest: int
    total: GroupFigures
    breakdowns: list[Breakdown]
    load: LoadFigures
    firing: list[FiringTime]
    taken_by: list[TakenBy]
    answers: list[CountedAnswers]
    providers: list[ProviderFigures]
    follow_ups: FollowUpFigures
