"""On the word of which devices an alert opened that names none itself."""

from __future__ import annotations

import pytest

from homebeat.domain.fleet import DeviceKind
from homebeat.evidence.witnesses import Witness, find_models

HOME = (
    Witness(None, DeviceKind.WATER_METER, "M1", None),
    Witness("r1", DeviceKind.WRISTBAND, "W2", None),
    Witness("r2", DeviceKind.WRISTBAND, "H3", None),
    Witness("r1", DeviceKind.BED, "", None),
    Witness("r1", DeviceKind.WRISTBAND, "old", 1_000),
    Witness(None, DeviceKind.SMOKE, "S1", None),
    Witness(None, DeviceKind.GATEWAY, "G1", None),
)


@pytest.mark.parametrize(
    ("rule", "resident", "opened_at", "models"),
    [
        ("no_sign_of_life", "r1", 2_000, ("", "M1", "W2")),
        ("no_sign_of_life", "r1", 999, ("", "M1", "W2", "old")),
        ("unknown_too_long", "r2", 2_000, ("H3", "M1")),
        ("no_sign_of_life", None, 2_000, ("", "H3", "M1", "W2")),
        ("no_water", "r1", 2_000, ("M1",)),
        ("sos", "r1", 2_000, ()),
        ("delivery_failed", None, 2_000, ()),
        ("a_rule_of_before", "r1", 2_000, ()),
    ],
)
def test_models_on_whose_word_it_opened(rule: str, resident: str | None, opened_at: int, models: tuple[str, ...]) -> None:
    assert find_models(rule, resident, opened_at, HOME) == models


def test_two_devices_of_one_model_are_one_word() -> None:
    assert find_models("no_water", None, 0, (HOME[0], HOME[0])) == ("M1",)
