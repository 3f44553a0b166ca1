"""Where the resident is asked first, the band asks after a fall too; a minute without an answer is an answer."""

from tests.scenarios.tale import Tale, only

tale = Tale(days=1, ask_first=True, rules=only("fall"))
band = tale.band()
band.lies_still("0 09:00", "0 20:00", steps=2400)
band.says("0 10:01", alarm="fall")
tale.expect("fall", "opened", "band", "0 10:01:02", "flagged", because="fall_flagged_worn", priority="high", asks=True)
tale.expect("fall", "raised", "band", "0 10:02:30", "no answer", tells=True, because="fall_no_answer", priority="critical")
