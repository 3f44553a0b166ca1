"""Finds on the word of which devices an alert opened, so that the evidence can say how often a model was wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from homebeat.domain.fleet import DeviceKind
from homebeat.rules.catalogue import RULES
from homebeat.rules.frame import Axis

#: What could have shown that somebody moved. The others show no life, so that a quiet home is not their word.
_SHOWING_LIFE: Final = frozenset(DeviceKind) - {
    *(DeviceKind.GATEWAY, DeviceKind.BUTTON, DeviceKind.SMOKE, DeviceKind.GAS, DeviceKind.LAMP, DeviceKind.SIREN)
}


@dataclass(frozen=True, slots=True)
class Witness:
    """A device of a home as the registry has it now; `retired_at`: epoch ms, None while it is there."""

    resident: str | None
    kind: DeviceKind
    model: str
    retired_at: int | None


def find_kinds(rule: str) -> frozenset[DeviceKind]:
    """Find the kinds of device that an alert of this rule stands on where it names no device itself.

    A rule about somebody stands on all that could have shown them, a rule over meters on the meters. What homebeat says of
    itself, of an area or of its staff stands on none.
    """
    known = RULES.get(rule)
    if known is None or known.axis is Axis.DEVICE:
        return frozenset()
    return _SHOWING_LIFE if known.axis is Axis.RESIDENT else frozenset({DeviceKind.WATER_METER})


def find_models(rule: str, resident: str | None, opened_at: int, devices: Iterable[Witness]) -> tuple[str, ...]:
    """Find the models on whose word an alert that names no device opened, each once, in order; "" where one is not known.

    Args:
        rule: Of the alert.
        resident: Whom it is about; None for the whole home.
        opened_at: Epoch ms. Devices that were retired before it had no word in it.
        devices: Those of the home.
    """
    kinds = find_kinds(rule)
    return tuple(
        sorted(
            {
                one.model
                for one in devices
                if one.kind in kinds
                and (one.resident is None or resident is None or one.resident == resident)
                and (one.retired_at is None or one.retired_at > opened_at)
            }
        )
    )
