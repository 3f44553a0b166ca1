"""She is with her neighbour for the night. The clock stands still meanwhile, and goes on from there."""

from tests.scenarios.tale import Tale

tale = Tale(days=2)
meter = tale.meter()
meter.draws_daily(0, 0, "07:00 8", "12:00 8", "18:30 9")
meter.reports("0 00:00", "2 00:00")
tale.is_away("0 21:00", "1 06:00")
tale.expect(
    "no_sign_of_life", "opened", "Zhou", "1 16:01", "two quiet hours before she left and ten after she came back", tells=True
)
