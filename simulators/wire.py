"""Reports as the bytes that devices send: the native form, one object or a list, and SenML for some homes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.metric import PLAUSIBLE, Metric, Shape
from simulators.chance import I64
from simulators.reports import ALARM_METRICS, ALONE, BAND_METRICS, METER_METRICS, Reports

#: Things that have been seen on such topics; each has to end in quarantine, or be read in part, and must never stop the rest.
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


def payloads(reports: Reports, senml: Sequence[bool], iso: Sequence[bool], names: Sequence[str]) -> tuple[I64, list[bytes]]:
    """Put reports into messages.

    Args:
        reports: Of one family.
        senml: For every home, whether its devices speak SenML.
        iso: For every home, whether they write times as ISO 8601.
        names: For every home, the id of the device.

    Returns:
        The row of `reports` that stands for each message (its arrival, home and serial), and the payload of each.
    """
    alone = reports.bundle == ALONE
    rows = np.flatnonzero(alone)
    single = _singles(reports, rows, senml, iso, names)
    groups: dict[tuple[int, int, int], list[int]] = {}
    for row in np.flatnonzero(~alone).tolist():
        key = (int(reports.home[row]), int(reports.bundle[row]), int(reports.received_at[row]))
        groups.setdefault(key, []).append(row)
    if not groups:
        return rows, single
    lists = [_list(reports, members, senml, iso, names) for members in groups.values()]
    heads = np.array([members[0] for members in groups.values()], np.int64)
    return np.concatenate([rows, heads]), single + lists


def _singles(reports: Reports, rows: I64, senml: Sequence[bool], iso: Sequence[bool], names: Sequence[str]) -> list[bytes]:
    """Messages of one report each; those in the plain native form take the short way."""
    homes = reports.home[rows]
    odd = reports.junk[rows] | reports.untimed[rows] | np.array(senml, np.bool_)[homes]
    if reports.metrics == ALARM_METRICS:
        odd[:] = True
    times = _times(reports.observed_at[rows], np.array(iso, np.bool_)[homes])
    if reports.metrics == METER_METRICS:
        odd |= ~np.isnan(reports.value[rows, 1])
        litres = reports.value[rows, 0].tolist()
        out = [b'{"at":%b,"volume_m3":%.3f}' % pair for pair in zip(times, litres, strict=True)]
    elif reports.metrics == BAND_METRICS:
        out = _bands(times, reports.value[rows])
    else:
        out = [b""] * len(rows)
    home_of, row_of = homes.tolist(), rows.tolist()
    for place in np.flatnonzero(odd).tolist():
        home = home_of[place]
        out[place] = _one(reports, row_of[place], names[home], senml=senml[home], iso=iso[home])
    return out


def _times(at: I64, iso: NDArray[np.bool_]) -> list[bytes]:
    """Each time as JSON: epoch milliseconds, or ISO 8601 in quotation marks."""
    numbers = at.tolist()
    out = [b"%d" % number for number in numbers]
    where = np.flatnonzero(iso)
    texts = np.datetime_as_string(at[where].astype("datetime64[ms]")).tolist() if len(where) else []
    for place, text in zip(where.tolist(), texts, strict=True):
        out[place] = b'"%b"' % _trimmed(text).encode()
    return out


def _bands(times: list[bytes], value: NDArray[np.float64]) -> list[bytes]:
    """The native form of band reports, without a Python step for each metric."""
    whole = np.where(np.isnan(value), -1, value).astype(np.int64)
    pulse, spo2, steps, worn, at_home, asleep, battery = (column.tolist() for column in whole.T)
    flag = (b"false", b"true")
    sleep = (b',"asleep":false', b',"asleep":true', b"")
    return [
        b'{"at":%b%b%b,"steps":%d,"worn":%b,"at_home":%b%b,"battery_pct":%d}'
        % (t, _whole(b"heart_rate_bpm", p), _whole(b"spo2_pct", o), s, flag[w], flag[h], sleep[z], b)
        for t, p, o, s, w, h, z, b in zip(times, pulse, spo2, steps, worn, at_home, asleep, battery, strict=True)
    ]


def _whole(name: bytes, value: int) -> bytes:
    return b"" if value < 0 else b',"%b":%d' % (name, value)


def _one(reports: Reports, row: int, name: str, *, senml: bool, iso: bool) -> bytes:
    if reports.junk[row]:
        return JUNK[int(reports.serial[row]) % len(JUNK)]
    at = int(reports.observed_at[row])
    if senml:
        base = f'"bn":"urn:dev:hb:{name}/"'
        return b"[%s]" % _senml(reports, row, base if reports.untimed[row] else f'{base},"bt":{_seconds(at)}')
    return _native(reports, row, iso=iso)


def _list(reports: Reports, rows: list[int], senml: Sequence[bool], iso: Sequence[bool], names: Sequence[str]) -> bytes:
    home = int(reports.home[rows[0]])
    if reports.junk[rows[0]]:
        return JUNK[int(reports.serial[rows[0]]) % len(JUNK)]
    if senml[home]:
        base = f'"bn":"urn:dev:hb:{names[home]}/"'
        return b"[%s]" % b",".join(_senml(reports, row, f'{base},"bt":{_seconds(int(reports.observed_at[row]))}') for row in rows)
    return b"[%s]" % b",".join(_native(reports, row, iso=iso[home]) for row in rows)


def _fields(reports: Reports, row: int) -> list[tuple[Metric, str]]:
    """The metrics that the device sends, each with its value as JSON."""
    out = []
    for metric, value in zip(reports.metrics, reports.value[row].tolist(), strict=True):
        if value != value:  # noqa: PLR0124 (NaN: not sent)
            continue
        if metric.is_alarm:
            out.append((metric, f'"{metric.wire_name.removeprefix("alarm_")}"'))
        elif PLAUSIBLE[metric].shape is Shape.BOOLEAN:
            out.append((metric, "true" if value else "false"))
        else:
            out.append((metric, f"{value:.3f}" if metric is Metric.VOLUME_M3 else f"{value:.0f}"))
    return out


def _native(reports: Reports, row: int, *, iso: bool) -> bytes:
    parts = []
    if not reports.untimed[row]:
        at = int(reports.observed_at[row])
        parts.append(f'"at":"{_iso(at)}"' if iso else f'"at":{at}')
    parts += [f'"{"alarm" if metric.is_alarm else metric.wire_name}":{text}' for metric, text in _fields(reports, row)]
    return ("{" + ",".join(parts) + "}").encode()


def _senml(reports: Reports, row: int, base: str) -> bytes:
    """One SenML record for each metric, the first with the base fields (RFC 8428, section 4.1)."""
    records = []
    for metric, text in _fields(reports, row):
        name, kind = metric.wire_name, "v"
        if metric.is_alarm:
            name, kind = "alarm", "vs"
        elif PLAUSIBLE[metric].shape is Shape.BOOLEAN:
            kind = "vb"
        unit = ',"u":"m3"' if metric is Metric.VOLUME_M3 else ""
        records.append(f'{{{base}{"," if base else ""}"n":"{name}"{unit},"{kind}":{text}}}')
        base = ""
    return ",".join(records).encode()


def _seconds(at: int) -> str:
    return str(at // 1000) if at % 1000 == 0 else f"{at / 1000:.3f}"


def _iso(at: int) -> str:
    return _trimmed(str(np.datetime64(at, "ms")))


def _trimmed(text: str) -> str:
    return text.removesuffix(".000") + "Z"
