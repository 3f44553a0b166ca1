"""Devices that publish at a steady rate, in a process of their own, with a household's SOS every so often.

`python -m benchmarks.traffic JSON`, with the arguments of `run` as one JSON object, prints `{"sent", "behind_s", "sos"}`.
`sent` is how many messages it sent, and `behind_s` how late it was at worst. `sos` has the home's number of each SOS, and when
it was published, epoch s.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import Final

from benchmarks.homes import READINGS_A_MESSAGE, Lives, name_band
from benchmarks.plain_mqtt import PlainMqtt
from homebeat.codecs.catalogue import make_readings_topic

_SLICE_S: Final = 0.01
_CHUNK: Final = 20_000


def run(
    port: int, homes: int, rate: float, lasts_s: float, sos: int = 0, sos_every_s: float = 0.1, sos_after_s: float = 0.0
) -> dict[str, object]:
    """Publish until time is up."""
    lives, each_s = Lives(homes), READINGS_A_MESSAGE / rate
    raised: list[tuple[int, float]] = []
    sent, behind_s = 0, 0.0
    stream = lives.make_messages(0, 0, 0.0)
    with PlainMqtt(port, "devices") as devices, PlainMqtt(port, "buttons") as buttons:
        begun, pause = time.monotonic(), threading.Event()
        while (spent := time.monotonic() - begun) < lasts_s:
            due = int(spent / each_s) - sent
            behind_s = max(behind_s, due * each_s)
            for _ in range(due):
                message = next(stream, None)
                if message is None:
                    stream = lives.make_messages(_CHUNK, time.time_ns() // 1_000_000, each_s * 1000)
                    message = next(stream)
                devices.publish(message[0], message[1])
            sent += due
            if len(raised) < sos and spent >= sos_after_s + len(raised) * sos_every_s:
                home = len(raised)
                raised.append((home, time.time()))
                buttons.publish(make_readings_topic(name_band(home)), b'{"alarm":"sos"}')
            pause.wait(_SLICE_S)
        devices.wait_confirmed(devices.sent)
        buttons.wait_confirmed(buttons.sent)
    return {"sent": sent, "behind_s": behind_s, "sos": raised}


if __name__ == "__main__":
    print(json.dumps(run(**json.loads(sys.argv[1]))))
