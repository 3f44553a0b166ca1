"""She was with her son for three days: what was quiet before she left was answered by her leaving."""

from tests.scenarios.tale import Tale

tale = Tale(days=5)
meter = tale.meter()
meter.draws_daily(0, 0, "07:00 8", "12:00 8", "18:30 9")
meter.reports("0 00:00", "5 00:00")
tale.is_away("0 21:00", "3 12:00")
tale.expect("no_sign_of_life", "opened", "Zhou", "4 00:01", "twelve quiet hours after her return", tells=True)
