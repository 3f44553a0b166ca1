"""Each value's line, however the file is written."""

from __future__ import annotations

from homebeat.settings.toml_lines import find_lines

TEXT = '''\
# a comment [not.a.table]
top = 1

[mqtt]   # the broker
host = "a # b"
topics = [
  "x = 1",
  "y",
]
note = """
[fake]
port = 3
"""
port = 4
inline = { a = 1, b = { c = 2 } }
[areas."street 7".rules.no_water]
litres = 1
[areas.b.rules]
no_water.litres = 2
no_water.enabled = true
[[many]]
x = 1
'''


def test_lines() -> None:
    assert find_lines(TEXT) == {
        "top": 2,
        "mqtt": 4,
        "mqtt.host": 5,
        "mqtt.topics": 6,
        "mqtt.note": 10,
        "mqtt.port": 14,
        "mqtt.inline": 15,
        "mqtt.inline.a": 15,
        "mqtt.inline.b": 15,
        "mqtt.inline.b.c": 15,
        "areas.street 7.rules.no_water": 16,
        "areas.street 7.rules.no_water.litres": 17,
        "areas.b.rules": 18,
        "areas.b.rules.no_water": 19,
        "areas.b.rules.no_water.litres": 19,
        "areas.b.rules.no_water.enabled": 20,
        "many": 21,
        "many.x": 22,
    }


def test_a_large_value_over_many_lines_is_still_quick() -> None:
    text = "[mqtt]\ntopics = [\n" + "".join(f'  "topic/{n}",\n' for n in range(300)) + "]\nport = 1\n"
    assert find_lines(text)["mqtt.port"] == 304
