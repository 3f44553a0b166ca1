"""She comes home and her band, of which nothing else is heard, falls silent: the clock starts by that one word.

He has nothing that would tell of him, so an alert about him stands all the time, and is judged beside her.
"""

from tests.scenarios.tale import Tale, only

tale = Tale(days=4, rules=only("unknown_too_long"), people=("Zhou", "Lin"))
band = tale.band(of="Zhou")
band.says("0 00:00:10", at_home=True)
band.says("0 09:00:10", at_home=False)
band.says("1 12:00:10", at_home=True)
tale.expect("unknown_too_long", "opened", "Lin", "1 00:00:00", "nothing was ever known of him", tells=True)
tale.expect("unknown_too_long", "opened", "Zhou", "2 12:00:30", "a day after she came home", tells=True)
