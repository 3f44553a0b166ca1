"""Contacts that flip together: a gateway that starts again reports the defaults of all of them, and nobody has touched one."""

from __future__ import annotations

from typing import Final

import numpy as np

from homebeat.stream.batch import I32, I64, Bool
from homebeat.stream.previous import Rows

#: A person cannot move two contacts of one home within so short a time. Field reports of gateways that start again show all
#: contacts in the same second; walking from one door to the next takes longer.
TOGETHER_MS: Final = 2_000


def find_moved_alone(device: Rows, at: I64, home: I32) -> Bool:
    """bool[n]: contacts that moved while no other contact of the same home moved.

    Args:
        device: Device rows of contacts that moved, intp[n].
        at: When, int64[n], epoch ms.
        home: Household row of every device, int32[devices].
    """
    if len(device) < 2:
        return np.ones(len(device), np.bool_)
    order = np.lexsort((at, home[device]))
    device, at = device[order], at[order]
    apart = (home[device[1:]] != home[device[:-1]]) | (at[1:] - at[:-1] > TOGETHER_MS)
    begins = np.flatnonzero(np.concatenate([[True], apart]))
    alone = np.minimum.reduceat(device, begins) == np.maximum.reduceat(device, begins)
    out = np.empty(len(device), np.bool_)
    out[order] = np.repeat(alone, np.diff(np.append(begins, len(device))))
    return out
