"""The family said that he is away; he presses the button on the road. Help is wanted wherever he is."""

from tests.scenarios.tale import Tale

tale = Tale(days=2)
meter, band = tale.meter(), tale.band()
tale.is_away("0 06:00", None)
meter.draws("0 05:30 8")
meter.reports("0 00:00", "2 00:00")
band.goes("0 00:00", "2 00:00", lambda _at: {"worn": True, "heart_rate_bpm": 80, "at_home": False, "steps": 20})
band.says("0 15:30", alarm="sos")
tale.expect("sos", "opened", "band", "0 15:30:02", "pressed", tells=True)
tale.expect("sos", "cleared", "band", "0 15:40:30", "ten minutes later")
