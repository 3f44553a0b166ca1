"""A radio meter takes its total at midnight and sends that one every half hour. Mrs Zhou lives as always, and nobody is told."""

from datetime import timedelta

from tests.scenarios.tale import Tale

tale = Tale(days=9)
meter = tale.meter(every=timedelta(days=1))
meter.draws_daily(0, 8, "06:30 9", "07:40 8", "12:10 9", "18:30 12", "21:30 9")
for half_hour in range(9 * 48):
    day, rest = divmod(half_hour, 48)
    at = tale.at(f"{day} {rest // 2:02}:{30 * (rest % 2):02}") + 120_000
    meter.sends(at, {"at": at, "volume_m3": meter.total(tale.at(f"{day} 00:00"))})
