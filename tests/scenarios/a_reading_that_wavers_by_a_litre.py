"""The last digit wavers: up and down by a litre all day. Nobody draws water, and Mr Zhou is told of as if it stood still."""

from tests.scenarios.tale import Tale

tale = Tale(days=3)
meter = tale.meter()
meter.draws_daily(0, 1, "06:30 9", "07:40 8", "12:10 9", "18:30 12", "21:30 9")
meter.draws("2 06:30 9", "2 07:40 8")
for hour in range(72):
    moment = f"{hour // 24} {hour % 24:02}:00"
    meter.says(moment, volume_m3=round(meter.total(tale.at(moment)) + (0.001 if hour % 5 in {2, 3} else 0.0), 3))
tale.expect("no_sign_of_life", "opened", "Zhou", "2 20:01", "twelve hours since the total of 08:00", tells=True)
