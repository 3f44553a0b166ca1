"""Mrs Li flushes about three every night and showers about seven every morning, four weeks long: habits, and no machine."""

from datetime import timedelta

from tests.scenarios.tale import Tale

tale = Tale(days=28, people=("Li",), rules={"no_sign_of_life": {"learned": False, "limit": timedelta(hours=9)}})
meter = tale.meter()
for day in range(28):
    late = (day * 7) % 11 - 5  # minutes, from -5 to 5
    shower = 38 + (day * 5) % 13 - 6  # litres, from 32 to 44
    meter.draws(f"{day} 03:{20 + late} 6", f"{day} 07:{20 + late} {shower}", f"{day} 12:{30 - late} 9", f"{day} 18:{30 + late} 7")
meter.reports("0 00:00", "28 00:00")
