"""Mr Zhou's band lost the line; his meter proved a quiet home. Then the band delivers the steps of the afternoon."""

from datetime import timedelta

from tests.scenarios.tale import Tale

tale = Tale(days=2)
meter, band = tale.meter(), tale.band(every=timedelta(hours=4))
meter.draws("0 06:30 9", "1 07:00 8", "1 18:00 8")
meter.reports("0 00:00", "2 00:00")
band.says("0 06:20", steps=100, worn=True)
kept = [{"at": tale.at(f"0 {hour}:00"), "steps": 100 + 50 * (hour - 9), "worn": True} for hour in (10, 14, 16)]
band.sends("0 16:00", kept, arrives="0 20:00")
for hour in range(2, 24, 3):
    band.says(f"1 {hour:02}:00", steps=400 + hour, worn=True)
tale.expect("device_silent", "opened", "band", "0 18:20:30", "three reports of the band are missing")
tale.expect("no_sign_of_life", "opened", "Zhou", "0 19:01", "twelve hours since the total of 07:00", tells=True)
tale.expect("device_silent", "cleared", "band", "0 20:00:30", "the band is heard again")
tale.expect("no_sign_of_life", "contradicted", "Zhou", "0 20:00:30", "he walked before the alert was opened", because="late_data")
