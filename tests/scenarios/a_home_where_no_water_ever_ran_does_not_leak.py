"""An empty flat with a fresh meter: no use for two days is not use in every hour."""

from tests.scenarios.tale import Tale

tale = Tale(days=3)
meter = tale.meter()
meter.reports("0 00:00", "3 00:00")
tale.expect(
    "no_sign_of_life", "opened", "Zhou", "0 12:01", "twelve proven hours, none with life", tells=True,
    because="no_sign_of_life_ever",
)  # fmt: skip
