"""Away from Monday afternoon to Sunday. She comes back on Wednesday, lives as always, and collapses on Thursday evening."""

from tests.scenarios.tale import Tale

tale = Tale(days=5)
meter = tale.meter()
meter.draws_daily(0, 0, "06:30 9", "09:40 8", "12:10 9")
meter.draws("2 10:10 9", "2 13:30 6", "2 16:40 12", "2 18:30 9", "2 21:10 6")
meter.draws("3 06:30 9", "3 09:10 12", "3 12:30 9", "3 15:30 6", "3 19:20 9")
meter.reports("0 00:00", "5 00:00")
tale.is_away("0 13:00", "6 18:00")
tale.expect("home_early", "opened", "Zhou", "2 17:01", "six hours of use in a home that had been empty: no cleaner's")
tale.expect("no_sign_of_life", "opened", "Zhou", "4 08:01", "twelve hours since 20:00, as if nobody had left", tells=True)
