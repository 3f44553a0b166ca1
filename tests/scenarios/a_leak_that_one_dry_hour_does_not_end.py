"""The stopcock is closed for two hours and opened again: the leak is not over before two nights have a dry hour."""

from tests.scenarios.tale import Tale

tale = Tale(days=5, rules={"no_sign_of_life": {"enabled": False}})
meter = tale.meter()
leaking = [(day, hour) for day in range(5) for hour in range(24) if (day, hour) >= (0, 9) and (day, hour) not in {(2, 3), (2, 4)}]
meter.draws(*(f"{day} {hour:02}:10 3" for day, hour in leaking))
meter.reports("0 00:00", "5 00:00")
tale.expect("water_running", "opened", "meter", "1 21:01", "use in every hour since nine")
