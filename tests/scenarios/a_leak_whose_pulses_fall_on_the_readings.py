"""A cistern leaks a litre an hour, on the very minute at which the meter is read: now and then an hour shows 0 L, another 2."""

from tests.scenarios.tale import Tale

tale = Tale(days=4, rules={"no_sign_of_life": {"enabled": False}})
meter = tale.meter()
meter.draws("0 06:30 9")
split = {(0, 20): 0, (0, 21): 2, (1, 10): 2, (1, 11): 0, (2, 3): 0, (2, 4): 2, (2, 18): 0, (2, 20): 2, (3, 3): 0, (3, 4): 2}
hours = [(day, hour) for day in range(4) for hour in range(24) if (day, hour) >= (0, 9)]
meter.draws(*(f"{day} {hour:02}:10 {split.get((day, hour), 1)}" for day, hour in hours if split.get((day, hour), 1)))
meter.reports("0 00:00", "4 00:00")
tale.expect(
    "water_running", "opened", "meter", "1 21:01",
    "use in each hour since nine but for a litre that came an hour late; and an hour like that in two nights ends nothing",
    because="water_running_new",
)  # fmt: skip
