"""The band is charging, the meter reports: a question would not arrive, so none is put. The ordinary limit holds."""

from tests.scenarios.tale import Tale, only

tale = Tale(days=2, ask_first=True, rules=only("asked", "no_sign_of_life"))
band = tale.band()
meter = tale.meter()
meter.draws("0 06:30 5")
meter.reports("0 00:00", "2 00:00")
band.lies_still("0 00:00", "0 08:00", steps=100)
tale.expect(
    "no_sign_of_life", "opened", "Zhou", "0 19:01", "twelve hours after the total of 07:00", tells=True, because="no_sign_of_life"
)
