"""Cold and hot water have a meter each, and two people draw from both. The home's litres are added up for the city's rule."""

from tests.scenarios.tale import Tale

tale = Tale(days=4, people=("Zhou", "Lin"), rules={"no_water": {"litres": 10.0}})
cold, hot = tale.meter("cold"), tale.meter("hot")
cold.draws_daily(0, 3, "07:00 5", "13:00 5", "18:40 5")
hot.draws_daily(0, 3, "07:10 6", "12:50 6", "18:50 6", "23:10 12")
cold.reports("0 00:00", "4 00:00")
hot.reports("0 00:00", "2 00:00")
tale.expect("device_silent", "opened", "hot", "2 02:00:30", "the hot meter stopped; five litres of cold alone prove no drought")
