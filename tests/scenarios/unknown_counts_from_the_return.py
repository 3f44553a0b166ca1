"""The meter was switched off while she was away; a day after her return still nothing is known, and that is said then."""

from tests.scenarios.tale import Tale

tale = Tale(days=6)
meter = tale.meter()
meter.draws_daily(0, 0, "07:00 8", "12:00 8")
meter.reports("0 00:00", "0 18:00")
tale.is_away("0 17:00", "3 12:00")
tale.expect("device_silent", "opened", "meter", "0 20:00:30", "a switched-off meter is silent, away or not")
tale.expect("unknown_too_long", "opened", "Zhou", "4 12:00:30", "a day after her return", tells=True)
