"""She fell quiet, was taken to hospital and does not come back: her home leaves the register, and the alert is over."""

from tests.scenarios.tale import Tale

tale = Tale(days=4)
meter = tale.meter()
meter.draws("0 06:30 9", "0 14:30 4", "0 20:30 9")
meter.reports("0 00:00", "2 12:00")
tale.leaves("2 12:00")
tale.expect("no_sign_of_life", "opened", "Zhou", "1 09:01", "twelve hours since nine in the evening", tells=True)
tale.expect(
    "no_sign_of_life",
    "cleared",
    "Zhou",
    "4 00:00",
    "nobody lives there any more, and nobody saw it end",
    because="left_the_registry",
)
