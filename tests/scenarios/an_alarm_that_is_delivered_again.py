"""Two calls are closed. Then the band sends its list of the day again: nothing of it is new."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=1)

tale = Tale(days=1, rules=only("sos", "fall"))
band = tale.band()
for moment in ("0 08:00", "0 10:00"):
    band.says(moment, alarm="sos")
    tale.closes(f"{moment}:50", "sos")
    tale.expect("sos", "opened", "band", f"{moment}:02", "pressed", within=SOON, tells=True)
band.says("0 10:01", alarm="help_cancelled")
band.says("0 12:00", alarm="fall")
band.says("0 12:00:20", alarm="ok")
tale.expect("fall", "opened", "band", "0 12:00:02", "flagged", within=SOON, priority="high")
tale.expect("fall", "cleared", "band", "0 12:00:22", "answered", within=SOON)
tale.closes("0 12:05", "fall")
band.says("0 12:30", alarm="sos")
tale.expect("sos", "opened", "band", "0 12:30:02", "pressed", within=SOON, tells=True)
day = [("08:00", "sos"), ("10:00", "sos"), ("10:01", "help_cancelled"), ("12:00", "fall"), ("12:00:20", "ok")]
band.sends("0 12:31", [{"at": tale.at(f"0 {clock}"), "alarm": alarm} for clock, alarm in day])
band.sends("0 12:32", {"at": tale.at("0 12:00:20"), "alarm": "ok"})
tale.expect("sos", "cleared", "band", "0 12:40:02", "no old word took it back", within=timedelta(seconds=31), because="cleared")
