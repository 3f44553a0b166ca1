"""`python -m benchmarks.detection`: every method on every group of homes, leak and drift, as Markdown tables."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import numpy as np

from benchmarks.detection.drifts import judge_mornings, judge_nights, judge_pulse, make_two_nights_rule
from benchmarks.detection.elders import make_elder
from benchmarks.detection.evaluate import (
    COLD_DAYS,
    LEARN_DAYS,
    Method,
    Tally,
    compute_limits_over_time,
    pool_tallies,
    score_limits,
)
from benchmarks.detection.homes import Meter, find_readings_folder, read_homes
from benchmarks.detection.leaks import WELL_READ, EveryHour, judge
from benchmarks.detection.not_worn import judge_all
from benchmarks.detection.ours import make_learned_method
from benchmarks.detection.published import make_cuddihy, make_fixed, make_gap_quantile, make_missed_uses, make_wilhelm_wahl
from benchmarks.detection.signs import Gaps, find_gaps
from benchmarks.detection.ten_litres import judge_ten_litres
from homebeat.habits.drift import NightPulse, is_pulse_raised
from homebeat.habits.policy import Policy
from homebeat.rules.water_running import WaterRunning

MEMORY_DAYS = 112
REPORTED = {"one person": ("h001", "h003", "h005"), "60+ couples": ("h011", "h013", "h025")}
TUNED_ON = ("h007", "h009", "h015", "h017", "h019", "h021", "h023", "h027", "h029", "h031")
GROUPS = {
    **REPORTED,
    "one person, poorly read": ("h007", "h009"),
    "couples under 60": ("h015", "h017", "h019", "h021", "h023", "h027", "h029", "h031"),
}
METHODS: dict[str, tuple[Method, int]] = {
    "fixed 12 h": (make_fixed(12), LEARN_DAYS),
    "Cuddihy 2007": (make_cuddihy(), 60),
    "Wilhelm-Wahl 2024": (make_wilhelm_wahl(), LEARN_DAYS),
    "Wilhelm-Wahl, factor 1.5": (make_wilhelm_wahl(1.5), LEARN_DAYS),
    "b2 .99 x1.3": (make_gap_quantile(0.99, 1.3), LEARN_DAYS),
    "b2 .995 x1.5": (make_gap_quantile(0.995, 1.5), LEARN_DAYS),
    "b3 wish 1/mo": (make_missed_uses(1.0), LEARN_DAYS),
    "b3 wish .5/mo": (make_missed_uses(0.5), LEARN_DAYS),
    "homebeat, budget 0.5": (make_learned_method(Policy(budget_unknown=0.5)), MEMORY_DAYS),
    "homebeat, budget 1 (default)": (make_learned_method(), MEMORY_DAYS),
    "homebeat, budget 2": (make_learned_method(Policy(budget_unknown=2.0)), MEMORY_DAYS),
}


def main() -> int:
    """Print the tables; nothing to do, and said so, where the data is not on this machine."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection", description=__doc__)
    parser.add_argument("--homes", action="store_true", help="one line per home for the default method")
    parser.add_argument("--skip-slow-change", action="store_true", help="leave leak and drift out")
    wished = parser.parse_args()
    folder = find_readings_folder()
    if folder is None:
        print("skipped: no homes here. Set HOMEBEAT_WATER_DATA to the folder with readings.csv.gz")
        return 0
    meters = {meter.home: meter for meter in read_homes(folder)}
    gaps = {home: find_gaps(meter) for home, meter in meters.items() if meter.persons in {1, 2}}
    measure_no_sign_of_life(meters, gaps, by_home=wished.homes)
    measure_cold_start(gaps)
    measure_made_up_elders()
    measure_not_worn()
    if not wished.skip_slow_change:
        measure_leaks(list(meters.values()))
        measure_night_use([meters[home] for home in gaps])
        measure_first_use([meters[home] for home in gaps])
        measure_night_pulse()
    return 0


def _format_row(name: str, groups: list[Tally]) -> str:
    cells = [f"{t.per_month:.2f}, {t.delays_h.mean():.1f}, {np.percentile(t.delays_h, 95):.1f}" for t in groups]
    return f"| {name} | " + " | ".join(cells) + " |"


def measure_no_sign_of_life(meters: dict[str, Meter], gaps: dict[str, Gaps], *, by_home: bool) -> None:
    """False alarms a month, mean delay h, 95th percentile h: methods down, groups across."""
    print(f"\nNo sign of life: FA/mo, mean h, p95 h. Tuned on {' '.join(TUNED_ON)}.\n")
    print("| method | " + " | ".join(GROUPS) + " | s |\n|---" * 1 + "|---" * (len(GROUPS) + 1) + "|")
    _score("10 L in 12 h", gaps, lambda home: judge_ten_litres(meters[home], gaps[home]))
    for name, (method, days) in METHODS.items():
        result = _score(name, gaps, _judge_by(gaps, method, days))
        if by_home and name.endswith("(default)"):
            print("\n".join(_format_row(home, [result[home]]) for home in sorted(result)))
    absent = [pool_tallies([score_limits(gaps[h], np.full(len(gaps[h]), np.inf)) for h in homes]) for homes in GROUPS.values()]
    print("\nGaps of 24 h and more a month, on top of every row: " + ", ".join(f"{t.absences / t.days * 30:.2f}" for t in absent))


def _judge_by(gaps: dict[str, Gaps], method: Method, days: int) -> Callable[[str], Tally]:
    return lambda home: score_limits(gaps[home], compute_limits_over_time(gaps[home], method, learn_days=days))


def _score(name: str, gaps: dict[str, Gaps], score: Callable[[str], Tally]) -> dict[str, Tally]:
    begun = time.perf_counter()
    result = {home: score(home) for home in gaps}
    took = time.perf_counter() - begun
    print(_format_row(name, [pool_tallies([result[home] for home in homes]) for homes in GROUPS.values()]) + f" {took:.1f} |")
    return result


def measure_cold_start(gaps: dict[str, Gaps]) -> None:
    """The first 28 days, refitted weekly."""
    print("\nCold start, days 0 to 28:\n")
    for name, method in (("fixed 12 h", make_fixed(12)), ("homebeat", make_learned_method())):
        limits = {home: compute_limits_over_time(one, method, learn_days=MEMORY_DAYS) for home, one in gaps.items()}
        groups = [pool_tallies([score_limits(gaps[h], limits[h], 0, COLD_DAYS) for h in homes]) for homes in GROUPS.values()]
        print(_format_row(name, groups))


def measure_made_up_elders() -> None:
    """Band and water, at home known: published rules first, to be held against one real home; then ours, and asking first."""
    print("\nMade-up elders with a band, at home known: FA/mo, mean h, p95 h; longest h; after a use 00-05, mean h\n")
    homes = [make_elder(seed) for seed in range(20)]
    for name, method, days in (
        ("fixed 12 h", make_fixed(12), LEARN_DAYS),
        ("fixed 8 h", make_fixed(8), LEARN_DAYS),
        ("Cuddihy 2007", make_cuddihy(), 60),
        ("b2 .995 x1.5", make_gap_quantile(0.995, 1.5), LEARN_DAYS),
        ("b3 wish 1/mo", make_missed_uses(1.0), LEARN_DAYS),
        ("homebeat, budget 0.5 (default)", make_learned_method(at_home_known=True), MEMORY_DAYS),
        ("homebeat, budget 4 (ask first)", make_learned_method(Policy(budget_known=4.0), at_home_known=True), MEMORY_DAYS),
    ):
        whole = pool_tallies([score_limits(one, compute_limits_over_time(one, method, learn_days=days)) for one in homes])
        print(_format_row(name, [whole]) + f" {whole.delays_h.max():.1f} | {whole.night_h.mean():.1f} |")


def measure_not_worn() -> None:
    """The band is off a quarter of the time: what such quiet weighs, on elders of their own; then day and evening apart."""
    print("\nMade-up elders 200 to 211, band off at times: weight, budget: FA/mo, mean h, p95 h; collapses with it off, mean h\n")
    for budget in (0.5, 1.0):
        for missing in (0, 2, 3, 4, 5):
            found = judge_all(range(200, 212), missing=missing, policy=Policy(budget_known=budget))
            delays = found.tally.delays_h
            print(_format_row(f"{1 - missing / 10:.1f}, {budget}", [found.tally]) + f" {delays[found.unworn].mean():.1f} |")
    print("\nMade-up elders 0 to 19, default: FA/mo; collapses from 05 to 19 h: mean, p95 h; from 19 to 05 h: mean, p95 h\n")
    for name, is_always_worn, days in (
        ("band never off", True, (COLD_DAYS, np.inf)),
        ("band off at times", False, (COLD_DAYS, np.inf)),
        ("the same, days 7 to 28", False, (7.0, COLD_DAYS)),
    ):
        found = judge_all(range(20), is_always_worn=is_always_worn, days=days)
        day, evening = found.tally.delays_h[~found.evening], found.tally.delays_h[found.evening]
        cells = [f"{part.mean():.1f}, {np.percentile(part, 95):.1f}" for part in (day, evening)]
        print(f"| {name} | {found.tally.per_month:.2f} | " + " | ".join(cells) + " |")


def measure_leaks(meters: list[Meter]) -> None:
    """Leaks injected into every well-read home of the trial, of any size, and lived through by the engine's own rule."""
    well = [meter for meter in meters if len(meter.at) >= WELL_READ]
    utilities = {
        "every hour, 24 h": EveryHour(window=timedelta(hours=24)),
        "every hour, 36 h": EveryHour(window=timedelta(hours=36)),
    }
    print("\nLeaks: notices a home-month, found within 48 h and 5 days, mean h, median h, p95 h, told within 12 h\n")
    for what, litres, edge, rules in (
        ("1 L/h", 1.0, False, utilities | {"homebeat": WaterRunning()}),
        ("1 L/h, pulses on the readings", 1.0, True, {"homebeat": WaterRunning()}),
        ("10 L/h", 10.0, False, {"homebeat": WaterRunning()}),
    ):
        for name, judged in judge(well, rules, litres, on_the_edge=edge).items():
            kept = [one for one in judged if one.share_of_time <= 0.1]
            delay, injected = np.concatenate([one.delays_h for one in kept]), sum(one.injected for one in kept)
            notices = sum(one.notices for one in kept) / (sum(one.days for one in kept) / 30)
            late, in_time = np.percentile(delay, 95), [f"{100 * (delay <= h).sum() / injected:.0f} %" for h in (12, 48)]
            print(
                f"| {what}: {name} | {notices:.3f} | {in_time[1]} | {100 * len(delay) / injected:.1f} % | {delay.mean():.1f} | "
                f"{np.median(delay):.1f} | {late:.1f} | {in_time[0]} | {len(kept)} homes |"
            )


def measure_night_use(meters: list[Meter]) -> None:
    """Active hours 00-05 with more of them injected."""
    print("\nNight use, homes of one and two: more a night, notices a month, found within 14 nights, median nights\n")
    for added in (1.0, 1.5, 2.5):
        for name, homes in (("all", GROUPS), ("reported", REPORTED)):
            wished = {home for group in homes.values() for home in group}
            judged = [judge_nights(meter, added) for meter in meters if meter.home in wished]
            found = np.concatenate([one.found_after for one in judged])
            a_month = sum(one.notices for one in judged) / sum(one.nights for one in judged) * 30
            share = 100 * len(found) / sum(one.injected for one in judged)
            print(f"| +{added} {name} | {a_month:.3f} | {share:.0f} % | {np.median(found):.0f} |")


def measure_first_use(meters: list[Meter]) -> None:
    """The first use of the day two hours later."""
    print("\nFirst use, homes of one and two, 2 h later: lines a month, found within 14 days, median days\n")
    for name, homes in (("tuned on", set(TUNED_ON)), ("reported", {home for group in REPORTED.values() for home in group})):
        judged = [judge_mornings(meter) for meter in meters if meter.home in homes]
        found = np.concatenate([one.found_after for one in judged])
        a_month = sum(one.notices for one in judged) / sum(one.nights for one in judged) * 30
        share = 100 * len(found) / sum(one.injected for one in judged)
        print(f"| {name} | {a_month:.3f} | {share:.0f} % | {np.median(found):.0f} |")


def measure_night_pulse() -> None:
    """Resting heart rate on made-up sleepers."""
    print("\nResting heart rate, made-up sleepers: rule, alarms a month, +8 bpm found in 3 nights, +12 bpm\n")
    for name, rule in (("both nights +6", make_two_nights_rule(6.0)), ("homebeat", partial(is_pulse_raised, NightPulse()))):
        alarms, mild = judge_pulse(rule, 8.0)
        print(f"| {name} | {alarms:.2f} | {100 * mild:.0f} % | {100 * judge_pulse(rule, 12.0)[1]:.0f} % |")


if __name__ == "__main__":
    sys.exit(main())
