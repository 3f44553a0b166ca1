"""Mr Zhou draws water at 08:12 and then lies on the floor; the meter goes on reporting, and a responder finds him."""

from homebeat.domain.alert import Outcome
from tests.scenarios.tale import Tale

tale = Tale(days=3)
meter = tale.meter()
meter.draws_daily(0, 0, "07:00 6", "12:00 9", "18:30 10", "22:00 7")
meter.draws("1 06:40 5", "1 08:12 9", "2 09:30 20", "2 18:00 8")
meter.reports("0 00:00", "3 00:00")
tale.takes("1 21:20", "no_sign_of_life")
tale.closes("2 09:00", "no_sign_of_life", Outcome.HELPED)
tale.expect(
    "no_sign_of_life",
    "opened",
    "Zhou",
    "1 21:01",
    "the total of 09:00 shows the last use, and that of 21:00 proves twelve quiet hours",
    tells=True,
    because="no_sign_of_life",
)
