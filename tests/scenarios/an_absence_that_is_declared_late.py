"""The son remembers in the evening to say that she left in the morning: the hours since then do not count as quiet."""

from tests.scenarios.tale import Tale

tale = Tale(days=2)
meter = tale.meter()
meter.draws("0 07:30 8")
meter.reports("0 00:00", "2 00:00")
tale.is_away("0 09:00", None, said="0 19:30")
