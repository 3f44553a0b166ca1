"""How models of devices did: shares, silence, batteries, the index, and who is ranked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homebeat.console.evidence.models import render_models
from homebeat.domain.alert import Outcome, Priority, Queue, TransitionKind
from homebeat.evidence.course import AlertCourse, CourseStep
from homebeat.evidence.model_report import IndexRule, ModelFigures, ModelReport, hide_small_models
from homebeat.evidence.model_rows import HEAD, format_models_csv, list_model_rows
from homebeat.evidence.models import ModelGathering, ModelSurroundings, SeenDevice, compute_index, make_parts

DAY = 86_400_000
FROM, UNTIL = 100 * DAY, 130 * DAY
RULE = IndexRule(devices=2, device_months=2)


def device(name: str, model: str = "Loop 1", kind: str = "wristband", **more: object) -> SeenDevice:
    return replace(SeenDevice(name, f"home-{name}", kind, model, FROM, None, False, True, False), **more)  # type: ignore[arg-type]


def alert(
    rule: str,
    about: str,
    opened_at: int = FROM + DAY,
    outcome: Outcome | None = None,
    cleared_at: int | None = None,
    models: tuple[str, ...] = ("Loop 1",),
) -> AlertCourse:
    steps = () if cleared_at is None else (CourseStep(TransitionKind.CLEARED, cleared_at, "engine", "over"),)
    resolved_at = None if outcome is None else UNTIL
    kind = "wristband" if about.startswith("device:") else ""
    head = (opened_at, opened_at, rule, Priority.LOW, Queue.DEVICES, "lane", about, about, kind, "Asia/Shanghai")
    return AlertCourse(*head, resolved_at, outcome, steps, device_models=models)


def report(
    devices: list[SeenDevice], *alerts: AlertCourse, rule: IndexRule = RULE, around: ModelSurroundings | None = None
) -> ModelReport:
    gathering = ModelGathering((FROM, UNTIL), UNTIL, devices)
    for one in alerts:
        gathering.add(one)
    return gathering.make_report("", rule, around or ModelSurroundings())


def only(found: ModelReport) -> ModelFigures:
    (one,) = found.models
    return one


def test_false_share_with_its_bounds_and_false_alarms_a_month() -> None:
    alerts = [alert("sos", "device:a", outcome=one) for one in (Outcome.FALSE, Outcome.DEVICE, Outcome.HELPED, Outcome.FINE)]
    one = only(report([device("a"), device("b")], *alerts, alert("sos", "device:b")))
    assert (one.alerts, one.closed, one.false, one.false_share) == (5, 4, 2, 0.5)
    assert one.false_low is not None
    assert one.false_high is not None
    assert one.false_low < 0.5 < one.false_high
    assert one.false_per_month == 1.0
    assert [(each.rule, each.alerts, each.false) for each in one.troubles] == [("sos", 5, 2)]


def test_an_alert_about_a_person_counts_in_each_model_that_it_stands_on_and_is_no_trouble_of_a_device() -> None:
    quiet = alert("no_sign_of_life", "resident:r", outcome=Outcome.FALSE, models=("Loop 1", "Drop 2"))
    found = report([device("a"), device("m", "Drop 2", "water_meter")], quiet)
    assert [(one.model, one.false, one.troubles) for one in found.models] == [("Drop 2", 1, []), ("Loop 1", 1, [])]


def test_silence_and_the_drawer_are_shares_of_the_devices_time() -> None:
    found = report(
        [device("a"), device("b")],
        alert("device_silent", "device:a", FROM, cleared_at=FROM + 6 * DAY),
        alert("not_worn", "device:b", FROM - 10 * DAY, cleared_at=FROM + 30 * DAY),
    )
    assert (only(found).silent_share, only(found).not_worn_share) == (0.1, 0.5)
    parts = {part.part: part for part in only(found).parts}
    assert (parts["silence"].points, parts["ease_of_use"].points) == (50.0, 0.0)


def test_a_device_that_came_late_and_left_early_counts_for_its_time() -> None:
    there = device("a", enrolled_at=FROM + 10 * DAY, retired_at=FROM + 25 * DAY)
    one = only(report([there]))
    assert (one.device_months, one.retired, one.devices_now) == (0.5, 1, 0)


def test_why_devices_were_retired_is_counted_and_unknown_comes_last() -> None:
    gone = [device(name, retired_at=FROM + DAY, retired_for=why) for name, why in (("a", ""), ("b", "lost"), ("c", "broken"))]
    gone += [device("d", retired_at=FROM + DAY, retired_for="lost"), device("e", retired_at=FROM + DAY)]
    long_gone = device("f", retired_at=UNTIL + DAY, retired_for="battery")
    found = report([*gone, long_gone, device("g")])
    assert only(found).retired == 5
    assert [(each.reason, each.devices) for each in only(found).retired_for] == [("lost", 2), ("broken", 1), ("", 2)]
    rows = list(list_model_rows(found))
    assert [row[3:] for row in rows if row[0] == "retired_for"] == [("lost", "2"), ("broken", "1"), ("not_known", "2")]
    page = render_models(found, {}, "zh-CN")
    assert "5，其中丢失：2、损坏：1、原因不明：2" in page
    assert "5, of these lost: 2, broken: 1" in render_models(found, {}, "en")


def test_few_reasons_are_hidden_from_who_sees_no_alert() -> None:
    gone = [device(f"a{n}", retired_at=FROM + DAY, retired_for="lost" if n < 12 else "broken") for n in range(15)]
    (one,) = hide_small_models(report(gone), 10).models
    assert (one.retired, one.retired_for) == (15, [])


def test_what_was_silent_before_it_was_registered_is_no_share_of_its_time() -> None:
    there = device("a", enrolled_at=FROM + 20 * DAY)
    one = only(report([there], alert("device_silent", "device:a", FROM, cleared_at=FROM + 21 * DAY)))
    assert one.silent_share == 0.1


def test_a_battery_lives_from_its_registration_and_from_each_charge() -> None:
    lows = (
        alert("device_battery_low", "device:a", FROM + 5 * DAY, cleared_at=FROM + 6 * DAY),
        alert("device_battery_low", "device:a", FROM + 13 * DAY),
    )
    one = only(report([device("a"), device("b")], *lows))
    assert (one.lives, one.lives_ended, one.low_batteries) == (3, 2, 2)
    assert one.life_days == 7.0
    assert one.low_per_month == 1.0


def test_a_battery_that_was_low_before_the_span_ends_a_life_and_is_no_alert_of_the_span() -> None:
    gathering = ModelGathering((FROM, UNTIL), UNTIL, [device("a", enrolled_at=FROM - 20 * DAY)])
    gathering.add_battery(alert("device_battery_low", "device:a", FROM - 13 * DAY, cleared_at=FROM - 12 * DAY))
    gathering.add_battery(alert("device_battery_low", "device:of-another-area", FROM - 13 * DAY))
    one = only(gathering.make_report("", RULE, ModelSurroundings()))
    assert (one.low_batteries, one.lives, one.lives_ended) == (0, 2, 1)


@pytest.mark.parametrize("enrolled_at", [0, FROM])
def test_a_life_whose_beginning_is_not_known_is_none(enrolled_at: int) -> None:
    one = only(report([device("a", enrolled_at=enrolled_at)], around=ModelSurroundings(kept_since=FROM + DAY)))
    assert (one.lives, one.life_days, one.life_at_least_days) == (0, None, None)


def test_what_never_says_how_its_battery_is_has_no_figure_and_the_part_does_not_count() -> None:
    one = only(report([device("a", says_battery=False), device("b", says_battery=False)]))
    assert (one.low_batteries, one.lives) == (None, None)
    assert one.parts[-1].points is None
    assert one.index == 100.0


def test_the_index_is_the_mean_of_the_points_by_their_weights() -> None:
    parts = make_parts(IndexRule(), 0.5, 0.25, 0.05, None)
    assert [part.points for part in parts] == [50.0, 50.0, 75.0, None]
    assert compute_index(parts) == pytest.approx((50 * 40 + 50 * 30 + 75 * 20) / 90, abs=0.05)
    assert compute_index(make_parts(replace(IndexRule(), false_alarms=0, ease_of_use=0, silence=0), 1, 1, 1, None)) is None


def test_each_kind_has_its_own_order_and_the_first_three_are_preferred() -> None:
    devices = [device(f"{model}-{n}", model) for model in "ABCD" for n in range(2)]
    devices += [device(f"m{n}", "Drop 2", "water_meter") for n in range(2)]
    alerts = [alert("sos", f"device:{model}-0", outcome=Outcome.FALSE) for model in "BCCDDD"]
    found = report(devices, *alerts, rule=replace(RULE, worst_false_alarms=10))
    assert [(one.kind, one.model, one.rank, one.is_preferred) for one in found.models] == [
        ("water_meter", "Drop 2", 1, True),
        ("wristband", "A", 1, True),
        ("wristband", "B", 2, True),
        ("wristband", "C", 3, True),
        ("wristband", "D", 4, False),
    ]


def test_too_few_devices_too_little_time_or_no_name_are_never_ranked() -> None:
    late = [device(f"l{n}", "Late", enrolled_at=UNTIL - DAY) for n in range(3)]
    nameless = [device(f"n{n}", "") for n in range(5)]
    found = report([device("few", "Few"), *late, *nameless, device("a"), device("b")])
    assert {one.model: one.rank for one in found.models} == {"Few": None, "Late": None, "": None, "Loop 1": 1}
    assert all(one.index is None for one in found.models if one.rank is None)


def test_late_readings_of_a_name_that_two_kinds_share_are_not_given_to_either() -> None:
    around = ModelSurroundings(late={"Loop 1": (100, 5), "Both": (10, 1)})
    found = report([device("a"), device("x", "Both"), device("y", "Both", "door")], around=around)
    assert [(one.model, one.late_share) for one in found.models] == [("Both", None), ("Both", None), ("Loop 1", 0.05)]


def test_who_sees_no_alert_sees_no_small_model_and_no_small_count() -> None:
    many = [device(f"a{n}") for n in range(12)]
    alerts = [alert("sos", "device:a0", outcome=Outcome.FALSE)] * 3
    shown = hide_small_models(report([*many, device("b", "Rare")], *alerts), 10)
    (one,) = shown.models
    assert (one.model, one.devices, one.alerts, one.false_share, one.false_per_month) == ("Loop 1", 12, None, None, None)
    assert one.troubles == []
    assert all(part.value is None and part.points is None for part in one.parts)
    assert (one.index, one.rank) == (None, 1)


def test_what_is_not_small_is_shown_to_them() -> None:
    many = [device(f"a{n}") for n in range(30)]
    alerts = [alert("sos", f"device:a{n}", outcome=Outcome.FALSE if n < 12 else Outcome.HELPED) for n in range(25)]
    (one,) = hide_small_models(report(many, *alerts), 10).models
    assert (one.alerts, one.false, one.false_share) == (25, 12, 0.48)
    assert one.index is not None


def test_the_table_has_every_figure_once() -> None:
    rows = list(list_model_rows(report([device("a"), device("b")], alert("sos", "device:a", outcome=Outcome.FALSE))))
    assert all(len(row) == len(HEAD) for row in rows)
    assert len({row[:4] for row in rows}) == len(rows)
    assert ("trouble", "wristband", "Loop 1", "sos_false", "1") in rows
    assert format_models_csv(report([])).startswith(b"\xef\xbb\xbftable,kind,model,measure,value")
