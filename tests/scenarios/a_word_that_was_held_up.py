"""At nine she says that she is well, out of reach of the radio. At half past nine she falls; then the radio is back."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=31)

tale = Tale(days=1, rules=only("fall"))
band = tale.band()
band.says("0 09:30", alarm="fall", worn=True)
band.sends("0 09:00", {"at": tale.at("0 09:00"), "alarm": "ok"}, arrives="0 09:30:10")
tale.expect("fall", "opened", "band", "0 09:30:02", "the flag", within=timedelta(seconds=1), priority="high")
tale.expect("fall", "raised", "band", "0 09:31:02", "the word was older than the fall", within=SOON, tells=True)
