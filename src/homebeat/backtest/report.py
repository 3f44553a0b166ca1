"""The result of a back-test as plain values: what table, page, JSON file and API show. Times are ISO 8601 in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RuleLoad:
    """How often a rule would have called somebody."""

    rule: str
    desk: str
    alerts: int
    per_resident_month: float


@dataclass(frozen=True, slots=True)
class Waits:
    """How long injected collapses would have waited for `no_sign_of_life`; hours, None where there are none.

    Attributes:
        missed: Of `injected`, those that fell under no limit: the rule is off.
        within_12h: Share of all injected ones.
    """

    injected: int
    missed: int
    mean_h: float | None
    p95_h: float | None
    longest_h: float | None
    within_12h: float | None


@dataclass(frozen=True, slots=True)
class QuestionLoad:
    """How often residents were asked before anybody else was told; none of it is among the alerts.

    Attributes:
        in_time: Of `asked`, those answered in time, by word or by a sign of life. Answers in a record are those to the questions
            that were really asked; to any other question only a sign of life answers.
    """

    asked: int
    per_resident_month: float
    in_time: int


@dataclass(frozen=True, slots=True)
class OutcomeMatch:
    """Real alerts that people closed with one kind of outcome, and whether this variant would have raised them.

    Attributes:
        label: `true` (helped, hospital), `false` (fine, false), `away` or `device`.
        earlier, later: Of those kept, raised earlier or later than under the settings in force.
        minutes: Their mean difference to the settings in force, over all kept by both; negative is earlier.
        lost: Ids of alerts not raised; at most 50, and only of the label `true`.
    """

    label: str
    closed: int
    kept: int
    earlier: int
    later: int
    minutes: float | None
    lost: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Variant:
    """What happened under one set of settings; the first is the one in force.

    Attributes:
        settings: What differs from the settings in force, as `key: before -> after`.
        false_alarms_per_month: Alerts of `no_sign_of_life` a resident-month, less those that people found to be true.
        unlabelled: Alerts of the care desk that nobody has closed in reality.
    """

    name: str
    settings: list[str]
    rules: list[RuleLoad]
    asked: QuestionLoad
    collapses: Waits
    false_alarms_per_month: float
    answers: list[OutcomeMatch]
    unlabelled: int | None


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What becomes of a rule's alerts; `minutes`: median shift of those that move, negative is earlier."""

    rule: str
    same: int
    earlier: int
    later: int
    minutes: float | None
    appear: int
    vanish: int


@dataclass(frozen=True, slots=True)
class ResidentChange:
    """A resident for whom much changes: care alerts in the span, mean wait of injected collapses in hours."""

    resident: str
    alerts_before: int
    alerts_after: int
    wait_before_h: float | None
    wait_after_h: float | None


@dataclass(frozen=True, slots=True)
class AlertChange:
    """An alert that appears, vanishes or moves; `label`: what people found, where they closed one about it."""

    rule: str
    who: str
    change: str
    before_at: str | None
    after_at: str | None
    minutes: float | None
    label: str | None


@dataclass(frozen=True, slots=True)
class Point:
    """So many residents have so many care alerts before and after."""

    before: int
    after: int
    residents: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One candidate against the settings in force.

    Attributes:
        residents_changed: How many residents have another number of alerts or another wait.
        residents: Those that change most; at most 50.
        alerts: What appears, vanishes or moves, in order of time; at most 200, those of the care desk first.
        alerts_left_out: How many more there are.
    """

    variant: str
    rules: list[RuleChange]
    residents_changed: int
    residents: list[ResidentChange]
    points: list[Point]
    alerts: list[AlertChange]
    alerts_left_out: int


@dataclass(frozen=True, slots=True)
class FixedLimit:
    """What one limit for everybody would have done on the same gaps."""

    limit_h: float
    false_alarms_per_month: float
    mean_h: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The whole result.

    Attributes:
        source: The recording's name, or the area.
        from_at, until_at: What is counted. warm_up_days: what was folded before, and not counted.
        variants: The settings in force first.
        differences: One for each candidate.
        closed_alerts: Real alerts of the span with an outcome; None where there is no database to ask.
    """

    source: str
    from_at: str
    until_at: str
    days: float
    warm_up_days: float
    households: int
    residents: int
    resident_months: float
    readings: int
    variants: list[Variant]
    differences: list[Difference]
    fixed_limits: list[FixedLimit]
    closed_alerts: int | None
