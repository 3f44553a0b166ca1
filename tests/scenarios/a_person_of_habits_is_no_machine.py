"""Mrs Li lives by the clock: door at eight, back at nine, lunch, bed at ten. She is alive every day, and nobody is called."""

from datetime import timedelta

from homebeat.domain.fleet import DeviceKind
from tests.scenarios.tale import Tale

tale = Tale(days=15, people=("Li",))
door = tale.other("door", DeviceKind.DOOR)
hall = tale.other("hall", DeviceKind.MOTION, timedelta(hours=1))
for day in range(15):
    late = (day * 7) % 11 - 5  # minutes, from -5 to 5
    for hour in range(24):
        hall.says(f"{day} {hour:02}:00", motion=0)
    for n, hour in enumerate((8, 9, 12, 16, 20)):
        door.says(f"{day} {hour:02}:{20 + late:02}", door_open=n % 2 == 0)
        door.says(f"{day} {hour:02}:{21 + late:02}", door_open=n % 2 == 1)
    for hour in (2, 7, 11, 14, 18, 22):
        hall.says(f"{day} {hour:02}:{30 - late:02}", motion=1)
