"""A band of which nothing else is known flags a fall. Err towards telling."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=31)

tale = Tale(days=1, rules=only("fall"))
band = tale.band()
band.says("0 10:01", alarm="fall")
tale.expect("fall", "opened", "band", "0 10:01:02", "flagged", within=SOON, because="fall_flagged", priority="high")
tale.expect(
    "fall", "raised", "band", "0 10:02:30", "no answer", within=SOON, tells=True, because="fall_unanswered", priority="critical"
)
