"""Shift workers use water for thirty hours on end every four days: nobody is told, in the first weeks nor when that is known."""

from tests.scenarios.tale import Tale

tale = Tale(days=30, rules={"no_sign_of_life": {"enabled": False}})
meter = tale.meter()
busy = [12, 45, 7, 90, 22, 60, 9, 31]
for day in range(0, 28, 4):
    meter.draws(*(f"{day + (6 + k) // 24} {(6 + k) % 24:02}:10 {busy[k % 8]}" for k in range(30)))
meter.reports("0 00:00", "30 00:00")
