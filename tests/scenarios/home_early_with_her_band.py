"""Her band says at home, and she walks: the absence is over at once. On holiday it was out of reach."""

from tests.scenarios.tale import Tale

tale = Tale(days=3)
meter, band = tale.meter(), tale.band()
meter.draws("0 06:30 9", "0 09:40 8")
meter.reports("0 00:00", "3 00:00")
band.lies_still("0 00:00", "0 10:00", steps=900, at_home=True)
band.lies_still("0 10:00", "0 10:30", steps=1500, at_home=False)
band.lies_still("1 15:00", "1 15:10", steps=6000, at_home=True)
band.lies_still("1 15:10", "3 00:00", steps=6040, at_home=True)
tale.is_away("0 12:00", "4 18:00")
tale.expect("device_silent", "opened", "band", "0 10:40:30", "out of reach")
tale.expect("device_silent", "cleared", "band", "1 15:00:30", "back")
tale.expect("home_early", "opened", "Zhou", "1 15:01", "her own band, at home, after a day and more")
tale.expect("no_sign_of_life", "opened", "Zhou", "2 03:11", "twelve hours since her last steps", tells=True)
