"""She walked about all morning; then she falls, and the band's clock is an hour back. What she walked is no answer."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=31)

tale = Tale(days=1, rules=only("fall"))
band = tale.band()
band.goes("0 07:00", "0 10:00", lambda at: {"worn": True, "heart_rate_bpm": 80, "steps": (at - tale.at("0 06:00")) // 10_000})
band.sends("0 10:01", {"at": tale.at("0 09:01"), "alarm": "fall"})
tale.expect("fall", "opened", "band", "0 10:01:02", "the flag", within=timedelta(seconds=1), priority="high")
tale.expect("fall", "raised", "band", "0 10:02:02", "nobody has stirred since", within=SOON, tells=True, priority="critical")
