"""From one week to the next she is up three times a night: the digest says so once, nothing rings and the family is not told."""

from datetime import timedelta

from tests.scenarios.tale import Tale

tale = Tale(days=60)
meter = tale.meter()
meter.draws_daily(0, 59, "07:10 9", "08:20 6", "10:40 5", "12:10 8", "14:30 4", "17:40 9", "19:20 12", "21:30 5")
meter.draws(*(f"{day} 02:20 1" for day in range(0, 48, 2)))
meter.draws(*(f"{day} {clock} 1" for day in range(48, 60) for clock in ("00:40", "02:20", "03:30")))
meter.reports("0 00:00", "60 00:00")
CLOSING = timedelta(minutes=31)
tale.expect("night_use_drift", "opened", "Zhou", "49 09:30", "the second such night", within=CLOSING, because="night_use_drift")
tale.expect("night_use_drift", "cleared", "Zhou", "50 09:30", "told once, and then silent for a fortnight", within=CLOSING)
