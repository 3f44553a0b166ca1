"""Reports as the bytes that devices send: the native form, one object or a list, and SenML for some homes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.metric import PLAUSIBLE, Metric, Shape
from simulators.chance import I64
from simulators.reports import ALONE, BAND_METRICS, METER_METRICS, Reports

#: Payloads that have been seen on such topics. Each must end in quarantine, or be read in part, and must never stop the rest.
JUNK: Final = (
    b"",
    b"{",
    b"hello",
    b"\xff\xfe\x00",
    b"null",
    b"42",
    b"[]",
    b"{}",
    b'"text"',
    b'{"at":"yesterday","volume_m3":1}',
    b'{"volume_m3":"0012.5"}',
    b'{"volume_m3":NaN}',
    b'{"heart_rate_bpm":-4}',
    b'{"volume_m3":1e18}',
    b'{"at":0,"volume_m3":1}',
    b'{"worn":"TRUE"}',
    b"[1,2,3]",
    b'[{"at":1,"volume_m3":1},[]]',
    b'{"alarm":"party"}',
    b'{"at":4102444800000,"volume_m3":1}',
)


@dataclass(frozen=True)
class Dialects:
    """How the devices of each home write: arrays and names with one entry per home.

    Attributes:
        senml: SenML instead of the native form.
        iso: Times as ISO 8601 instead of epoch milliseconds (native form).
        names: The device's id, for the base name in SenML.
    """

    senml: NDArray[np.bool_]
    iso: NDArray[np.bool_]
    names: tuple[str, ...]


def write_payloads(reports: Reports, dialects: Dialects) -> tuple[I64, list[bytes]]:
    """Put reports of one family into messages.

    Returns:
        The row of `reports` that stands for each message (its arrival, home and serial), and the payload of each.
    """
    entries = _write_entries(reports, dialects)
    alone = np.flatnonzero(reports.bundle == ALONE)
    senml = dialects.senml[reports.home[alone]].tolist()
    bodies = [b"[%b]" % entries[row] if packed else entries[row] for row, packed in zip(alone.tolist(), senml, strict=True)]
    listed = np.flatnonzero(reports.bundle != ALONE)
    heads = np.empty(0, np.int64)
    if len(listed):
        listed = listed[np.lexsort((listed, reports.bundle[listed], reports.home[listed]))]
        home, bundle = reports.home[listed], reports.bundle[listed]
        begins = np.flatnonzero(np.r_[True, (home[1:] != home[:-1]) | (bundle[1:] != bundle[:-1])])
        ends = [*begins[1:].tolist(), len(listed)]
        order = listed.tolist()
        bodies += [
            b"[%b]" % b",".join([entries[row] for row in order[begin:end]])
            for begin, end in zip(begins.tolist(), ends, strict=True)
        ]
        heads = listed[begins]
    rows = np.concatenate([alone, heads])
    for place in np.flatnonzero(reports.junk[rows]).tolist():
        bodies[place] = JUNK[int(reports.serial[rows[place]]) % len(JUNK)]
    return rows, bodies


def _write_entries(reports: Reports, dialects: Dialects) -> list[bytes]:
    """Every report as one object, or as its SenML records without the brackets; the common forms take the short way."""
    senml = dialects.senml[reports.home]
    odd = reports.untimed.copy()
    if reports.metrics == METER_METRICS:
        odd |= ~np.isnan(reports.value[:, 1])
        out = _write_meters(reports, dialects)
    elif reports.metrics == BAND_METRICS:
        odd |= senml
        out = _write_bands(_write_times(reports.observed_at, dialects.iso[reports.home]), reports.value)
    else:
        odd[:] = True
        out = [b""] * len(reports)
    homes, packed, iso = reports.home.tolist(), senml.tolist(), dialects.iso[reports.home].tolist()
    for row in np.flatnonzero(odd).tolist():
        out[row] = (
            _write_senml(reports, row, dialects.names[homes[row]]) if packed[row] else _write_native(reports, row, iso=iso[row])
        )
    return out


def _write_times(at: I64, iso: NDArray[np.bool_]) -> list[bytes]:
    """Each time as JSON: epoch milliseconds, or ISO 8601 in quotation marks."""
    out = [b"%d" % number for number in at.tolist()]
    where = np.flatnonzero(iso)
    if len(where):
        whole = not (at[where] % 1000).any()
        texts = np.datetime_as_string(at[where].astype("datetime64[ms]"), unit="s" if whole else "ms").tolist()
        for place, text in zip(where.tolist(), texts, strict=True):
            out[place] = b'"%b"' % _trim(text).encode()
    return out


def _write_meters(reports: Reports, dialects: Dialects) -> list[bytes]:
    litres = reports.value[:, 0].tolist()
    times = _write_times(reports.observed_at, dialects.iso[reports.home])
    out = [b'{"at":%b,"volume_m3":%.3f}' % pair for pair in zip(times, litres, strict=True)]
    where = np.flatnonzero(dialects.senml[reports.home])
    names = [dialects.names[home] for home in reports.home[where].tolist()]
    for row, name, at in zip(where.tolist(), names, reports.observed_at[where].tolist(), strict=True):
        base = f'{{"bn":"urn:dev:hb:{name}/","bt":{_format_seconds(at)},"n":"volume_m3","u":"m3","v":{litres[row]:.3f}}}'
        out[row] = base.encode()
    return out


def _write_bands(times: list[bytes], value: NDArray[np.float64]) -> list[bytes]:
    """The native form of band reports, without a Python step for each metric."""
    whole = np.where(np.isnan(value), -1, value).astype(np.int64)
    pulse, spo2, steps, worn, at_home, asleep, battery = (column.tolist() for column in whole.T)
    flag = (b"false", b"true")
    sleep = (b',"asleep":false', b',"asleep":true', b"")
    return [
        b'{"at":%b%b%b,"steps":%d,"worn":%b,"at_home":%b%b,"battery_pct":%d}'
        % (t, _write_whole(b"heart_rate_bpm", p), _write_whole(b"spo2_pct", o), s, flag[w], flag[h], sleep[z], b)
        for t, p, o, s, w, h, z, b in zip(times, pulse, spo2, steps, worn, at_home, asleep, battery, strict=True)
    ]


def _write_whole(name: bytes, value: int) -> bytes:
    return b"" if value < 0 else b',"%b":%d' % (name, value)


def _list_fields(reports: Reports, row: int) -> list[tuple[Metric, str]]:
    """The metrics that the device sends, each with its value as JSON."""
    out = []
    for metric, value in zip(reports.metrics, reports.value[row].tolist(), strict=True):
        if np.isnan(value):
            continue
        if metric.is_alarm:
            out.append((metric, f'"{metric.wire_name.removeprefix("alarm_")}"'))
        elif PLAUSIBLE[metric].shape is Shape.BOOLEAN:
            out.append((metric, "true" if value else "false"))
        else:
            out.append((metric, f"{value:.3f}" if metric is Metric.VOLUME_M3 else f"{value:.0f}"))
    return out


def _write_native(reports: Reports, row: int, *, iso: bool) -> bytes:
    parts = []
    if not reports.untimed[row]:
        at = int(reports.observed_at[row])
        parts.append(f'"at":"{_trim(str(np.datetime64(at, "ms")))}"' if iso else f'"at":{at}')
    parts += [f'"{"alarm" if metric.is_alarm else metric.wire_name}":{text}' for metric, text in _list_fields(reports, row)]
    return ("{" + ",".join(parts) + "}").encode()


def _write_senml(reports: Reports, row: int, name: str) -> bytes:
    """One SenML record for each metric, the first with the base fields (RFC 8428, section 4.1)."""
    records = []
    base = f'"bn":"urn:dev:hb:{name}/",'
    if not reports.untimed[row]:
        base += f'"bt":{_format_seconds(int(reports.observed_at[row]))},'
    for metric, text in _list_fields(reports, row):
        label, kind = metric.wire_name, "v"
        if metric.is_alarm:
            label, kind = "alarm", "vs"
        elif PLAUSIBLE[metric].shape is Shape.BOOLEAN:
            kind = "vb"
        unit = '"u":"m3",' if metric is Metric.VOLUME_M3 else ""
        records.append(f'{{{base}"n":"{label}",{unit}"{kind}":{text}}}')
        base = ""
    return ",".join(records).encode()


def _format_seconds(at: int) -> str:
    return str(at // 1000) if at % 1000 == 0 else f"{at / 1000:.3f}"


def _trim(text: str) -> str:
    return text.removesuffix(".000") + "Z"
