"""She falls, and lies there. The desk sees the flag at once; a minute of stillness makes it critical, and the family is told."""

from datetime import timedelta

from tests.scenarios.tale import Tale, only

SOON = timedelta(seconds=31)

tale = Tale(days=1, rules=only("fall"))
band = tale.band(every=timedelta(minutes=1))
band.lies_still("0 09:00", "1 00:00", every=timedelta(minutes=1), steps=2400)
band.says("0 10:00:10", alarm="fall")
tale.expect("fall", "opened", "band", "0 10:00:12", "flagged", within=SOON, because="fall_flagged_worn", priority="high")
tale.expect(
    "fall",
    "raised",
    "band",
    "0 10:01:30",
    "a minute has passed, nobody stirred and nobody answered",
    within=SOON,
    tells=True,
    because="fall_still",
    priority="critical",
)
