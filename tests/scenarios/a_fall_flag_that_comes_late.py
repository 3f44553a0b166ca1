"""The flag was held up for twenty minutes; by then she has long been up. It is shown, and says so."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=31)

tale = Tale(days=1, rules=only("fall"))
band = tale.band()
band.goes("0 09:00", "0 20:00", lambda at: {"worn": True, "heart_rate_bpm": 80, "steps": (at - tale.at("0 08:00")) // 10_000})
band.sends("0 10:01", {"at": tale.at("0 10:01"), "alarm": "fall"}, arrives="0 10:21")
tale.expect(
    "fall", "opened", "band", "0 10:21", "never silently dropped", within=SOON, because="fall_flagged_moved", priority="high"
)
tale.expect("fall", "contradicted", "band", "0 10:22", "she was up before anybody was told", within=SOON, priority="high")
