"""Which devices stand in which home, and how each reports: lasting facts drawn from the home's key, with overrides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators import chance
from simulators.chance import F64, I64, U64
from simulators.localdays import DAY, HOUR
from simulators.personas import Flags

MINUTE: Final = 60_000
#: Before this instant (epoch ms, 2024-01-01 less a day) no meter stands anywhere.
PUT_IN_AT: Final = 1_703_980_800_000


#: Invented makes, and the share of homes that have them; what is left has a model that nobody wrote down.
METER_MODELS: Final = (("Tarn M1", 0.5), ("Tarn M2 Radio", 0.25), ("Sluice 15", 0.2))
BAND_MODELS: Final = (("Waveband W2", 0.5), ("Heron Wrist 3", 0.3), ("Knot Lite", 0.15))


@dataclass(frozen=True, slots=True)
class Tuning:
    """What one home has instead of what chance gave it; None leaves it to chance. Times in ms.

    Attributes:
        meter_offset: The meter reports at instants that leave this remainder when divided by `meter_every`.
        worn_from, worn_until: Between these instants (epoch ms) the resident is at home, with a charged band on.
    """

    meter_every: int | None = None
    meter_offset: int | None = None
    meter_daily: bool | None = None
    resolution: int | None = None
    band: bool | None = None
    band_every: int | None = None
    band_offset: int | None = None
    worn_from: int | None = None
    worn_until: int | None = None


@dataclass(frozen=True, slots=True)
class Habitat:
    """The choices of a whole street.

    Attributes:
        meter_every: Time between the readings of a meter, ms; divides an hour, or is whole hours that divide a day.
        daily_share: Meters that upload once a day the readings of the day before.
        senml_share: Homes whose devices speak SenML; `iso_share` those that write ISO times.
        resolution: Litres a meter counts in; None draws 1, 10 or 100.
        band_share: Homes with a wristband.
        drip_share: Homes in which 0.05 to 4 L an hour run away day and night, half of them less than 0.45.
        missing_share: Share of the readings of meters that never arrive; they are missing in runs of up to five hours.
        band_every: Time between a band's reports, ms.
    """

    meter_every: int = HOUR
    daily_share: float = 0.15
    senml_share: float = 0.1
    iso_share: float = 0.4
    resolution: int | None = None
    band_share: float = 0.3
    band_every: int = 5 * MINUTE
    drip_share: float = 0.0
    missing_share: float = 0.0
    tuning: Mapping[int, Tuning] = field(default_factory=dict)


@dataclass(frozen=True)
class Estate:
    """Arrays of length n, one entry per home; times in ms.

    Attributes:
        resolution: Litres.
        upload_offset: How long after local midnight a daily meter uploads.
        drip_lph: What runs away day and night, litres an hour.
        missing_share: Of the readings.
        worn_from, worn_until: Epoch ms; between them nobody takes the band off. The same instant where chance alone decides.
        meter_model, band_model: Empty where nobody wrote it down.
    """

    meter_every: I64
    meter_offset: I64
    meter_daily: Flags
    upload_offset: I64
    resolution: I64
    band: Flags
    band_every: I64
    band_offset: I64
    worn_from: I64
    worn_until: I64
    senml: Flags
    iso: Flags
    drip_lph: F64
    missing_share: F64
    meter_model: NDArray[np.str_]
    band_model: NDArray[np.str_]


def make_estate(keys: U64, first_home: int, habitat: Habitat) -> Estate:
    """Equip the homes with these keys, the first being home number `first_home`."""
    u = chance.draw_uniform(keys, 5, 12)
    n = len(keys)
    every = np.full(n, habitat.meter_every, np.int64)
    sizes = np.where(u[:, 0] < 0.65, 1, np.where(u[:, 0] < 0.92, 10, 100)).astype(np.int64)
    estate = Estate(
        meter_every=every,
        meter_offset=(u[:, 1] * habitat.meter_every / 1000).astype(np.int64) * 1000,
        meter_daily=u[:, 2] < habitat.daily_share,
        upload_offset=(1_800_000 + u[:, 3] * 4 * HOUR).astype(np.int64),
        resolution=sizes if habitat.resolution is None else np.full(n, habitat.resolution, np.int64),
        band=u[:, 4] < habitat.band_share,
        band_every=np.full(n, habitat.band_every, np.int64),
        band_offset=(u[:, 5] * habitat.band_every / 1000).astype(np.int64) * 1000,
        worn_from=np.zeros(n, np.int64),
        worn_until=np.zeros(n, np.int64),
        senml=u[:, 6] < habitat.senml_share,
        iso=u[:, 7] < habitat.iso_share,
        drip_lph=np.where(u[:, 8] < habitat.drip_share, 0.05 * 80.0 ** u[:, 9], 0.0),
        missing_share=np.full(n, habitat.missing_share),
        meter_model=_choose_models(METER_MODELS, u[:, 10]),
        band_model=_choose_models(BAND_MODELS, u[:, 11]),
    )
    for home, tuning in habitat.tuning.items():
        row = home - first_home
        if 0 <= row < n:
            _tune(estate, row, tuning)
    if np.any(DAY % estate.meter_every) or np.any(DAY % estate.band_every):
        raise ValueError("the time between reports has to divide a day")
    return estate


def compute_dripped(lph: F64, at: I64) -> F64:
    """Litres that have run away by each instant `at` (epoch ms), since the meters were put in."""
    out: F64 = lph * ((at - PUT_IN_AT) / HOUR)
    return out


def _choose_models(models: Sequence[tuple[str, float]], u: F64) -> NDArray[np.str_]:
    edges, names = np.cumsum([share for _, share in models]), np.array([*(name for name, _ in models), ""])
    chosen: NDArray[np.str_] = names[np.searchsorted(edges, u, side="right")]
    return chosen


def _tune(estate: Estate, row: int, tuning: Tuning) -> None:
    for name in Tuning.__dataclass_fields__:
        value = getattr(tuning, name)
        if value is not None:
            getattr(estate, name)[row] = value
