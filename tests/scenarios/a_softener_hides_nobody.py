"""A softener rinses with some 150 L at two o'clock every third night; Mr Zhou lies on the floor, and it rinses again."""

from tests.scenarios.tale import Tale

tale = Tale(days=19, rules={"no_sign_of_life": {"learned": False}})
meter = tale.meter()
for day, litres in zip(range(0, 19, 3), (150, 147, 152, 149, 155, 150, 151), strict=True):
    meter.draws(f"{day} 02:10 {litres // 2}", f"{day} 02:40 {litres - litres // 2}")
for day in range(18):
    meter.draws(*(f"{day} {use}" for use in ("07:40 6", "09:10 8", "12:25 9", "15:50 4", "18:20 7", "21:30 6")))
    if day % 4 == 1:
        meter.draws(f"{day} 02:25 5")  # up at night
meter.reports("0 00:00", "19 00:00")
tale.expect(
    "no_sign_of_life", "opened", "Zhou", "18 10:01", "twelve hours since the total of 22:00: the softener is nobody",
    tells=True, because="no_sign_of_life",
)  # fmt: skip
