"""How fast alerts come and are taken, as the header of the desk shows it."""

from __future__ import annotations

from typing import Final

from homebeat.console.desk.tile import Tile
from homebeat.store import AlertRates
from homebeat.wording import Wording

#: What one person can answer in ten minutes, steadily, and at most. Source: EEMUA 191.
STEADY: Final = 1
FLOOD: Final = 10
#: Which share of calls is answered within 60 s. Source: TSA.
ANSWERED_SHARE: Final = 0.975


def make_rate_tiles(found: AlertRates, words: Wording) -> tuple[Tile, Tile]:
    """Make the tiles: alerts of the last ten minutes, and the share that was taken within a minute. Each says what is good."""
    look = "flood" if found.recent > FLOOD else "busy" if found.recent > STEADY else "calm"
    good = words.text("At most %(steady)s is good for one person, more than %(flood)s is a flood.", steady=STEADY, flood=FLOOD)
    share = found.find_share()
    text = "–" if share is None else f"{words.number(int(share * 1000) / 10)} %"
    target = words.text(
        "Critical and high alerts of the last 24 h; the target is %(share)s %%.", share=words.number(ANSWERED_SHARE * 100)
    )
    reached = "calm" if share is None or share >= ANSWERED_SHARE else "busy"
    return (
        Tile(f"rate {look}", words.text("Last 10 min"), f"{words.number(found.recent, 0)} / {STEADY}", good),
        Tile(f"rate {reached}", words.text("Taken in 60 s"), text, target),
    )
