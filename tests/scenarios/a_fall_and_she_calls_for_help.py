"""She falls and presses SOS from the floor: there is nothing to wait for."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=31)

tale = Tale(days=1, rules=only("fall", "sos"))
band = tale.band()
band.lies_still("0 09:00", "0 20:00", steps=2400)
band.says("0 10:01", alarm="fall")
band.says("0 10:01:15", alarm="sos")
tale.expect("fall", "opened", "band", "0 10:01:02", "flagged", within=SOON, priority="high")
tale.expect("sos", "opened", "band", "0 10:01:17", "pressed", within=SOON, tells=True, priority="critical")
tale.expect(
    "fall", "raised", "band", "0 10:01:17", "she says so", within=SOON, tells=True, because="fall_and_sos", priority="critical"
)
tale.expect("sos", "cleared", "band", "0 10:12", "ten minutes after the press")
