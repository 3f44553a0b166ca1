"""Away from midnight, says the family. She leaves at three in the afternoon, and nothing rings while she is gone."""

from tests.scenarios.tale import Tale

tale = Tale(days=4)
meter = tale.meter()
meter.draws_daily(0, 0, "06:30 9", "07:40 8", "10:10 9", "12:30 9", "14:40 6")
meter.reports("0 00:00", "4 00:00")
tale.is_away("0 00:00", "5 00:00")
