"""The band's clock is two minutes fast; its wearer says "I am well" twenty seconds after the flag, and the answer has no time."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=1)

tale = Tale(days=1, rules=only("fall", "sos"))
band = tale.band()
band.goes("0 09:00", "0 12:00", lambda _at: {"worn": True, "heart_rate_bpm": 80, "steps": 500})
band.sends("0 10:00", {"at": tale.at("0 10:02"), "alarm": "fall"})
band.sends("0 10:00:20", {"alarm": "ok"})
tale.expect("fall", "opened", "band", "0 10:00:02", "the flag", within=SOON, priority="high")
tale.expect("fall", "cleared", "band", "0 10:00:22", "she has answered", within=SOON, because="help_cancelled")
band.sends("0 11:00", {"at": tale.at("0 11:02"), "alarm": "sos"})
band.sends("0 11:00:20", {"at": tale.at("0 11:00:20"), "alarm": "help_cancelled"})
tale.expect("sos", "opened", "band", "0 11:00:02", "the call", within=SOON, tells=True)
tale.expect("sos", "cleared", "band", "0 11:00:22", "the clock was set right meanwhile", within=SOON, because="help_cancelled")
