"""A cleaner is there for two hours, the neighbour feeds the cat morning and evening: she is still away, and nobody is told."""

from tests.scenarios.tale import Tale

tale = Tale(days=5)
meter = tale.meter()
meter.draws_daily(0, 0, "06:30 9", "09:40 8", "12:10 9")
meter.draws_daily(1, 4, "08:10 3", "18:30 3")
meter.draws("2 09:10 30", "2 10:30 40", "2 11:10 25")
meter.reports("0 00:00", "5 00:00")
tale.is_away("0 13:00", "6 18:00")
