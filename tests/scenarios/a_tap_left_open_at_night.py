"""Mrs Chen leaves the tap of the bath a little open at eight in the evening: ten litres an hour, where no night ever used any."""

from tests.scenarios.tale import Tale

tale = Tale(days=17)
meter = tale.meter()
meter.draws_daily(0, 17, "06:20 9", "07:10 14", "11:40 8", "12:30 22", "17:30 12", "18:10 20", "21:20 30")
meter.draws(*(f"{15 + hour // 24} {hour % 24:02}:05 10" for hour in range(20, 44)))
meter.reports("0 00:00", "17 00:00")
tale.expect(
    "water_running", "opened", "meter", "16 06:01",
    "ten hours in a row of ten litres and more, seven of them just that; before, never more than two hours in a row used so much",
    because="water_running_strong",
)  # fmt: skip
