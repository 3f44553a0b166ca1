"""Contracts of providers and certificates as JSON, in columns of the responder."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from homebeat.domain.alert import Priority
from homebeat.domain.certificate import Certificate
from homebeat.domain.contract import Contract
from homebeat.domain.ids import ResponderId

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def write_contract(contract: Contract | None) -> dict[str, Any]:
    """Write a contract; empty for none. Durations are whole seconds."""
    if contract is None:
        return {}
    return {
        "standby": list(contract.standby),
        "answer_within_s": _write_limits(contract.answer_within),
        "door_within_s": _write_limits(contract.door_within),
        "failed_share": contract.failed_share,
        "window_s": _write_span(contract.window),
        "least_visits": contract.least_visits,
        "trial_visits": contract.trial_visits,
        "trial_after_s": _write_span(contract.trial_after),
        "first_day": None if contract.first_day is None else contract.first_day.isoformat(),
        "last_day": None if contract.last_day is None else contract.last_day.isoformat(),
        "zone": contract.zone,
    }


def read_contract(stored: Mapping[str, Any]) -> Contract | None:
    """Read what `write_contract` wrote."""
    if not stored:
        return None
    return Contract(
        standby=tuple(map(ResponderId, stored["standby"])),
        answer_within=_read_limits(stored["answer_within_s"]),
        door_within=_read_limits(stored["door_within_s"]),
        failed_share=stored["failed_share"],
        window=timedelta(seconds=stored["window_s"]),
        least_visits=stored["least_visits"],
        trial_visits=stored["trial_visits"],
        trial_after=timedelta(seconds=stored["trial_after_s"]),
        first_day=_read_day(stored["first_day"]),
        last_day=_read_day(stored["last_day"]),
        zone=stored["zone"],
    )


def write_certificates(certificates: Iterable[Certificate]) -> list[dict[str, Any]]:
    """Write certificates, in order."""
    return [
        {"name": one.name, "last_day": None if one.last_day is None else one.last_day.isoformat(), "skills": list(one.skills)}
        for one in certificates
    ]


def read_certificates(stored: Iterable[Mapping[str, Any]]) -> tuple[Certificate, ...]:
    """Read what `write_certificates` wrote."""
    return tuple(Certificate(one["name"], _read_day(one["last_day"]), tuple(one["skills"])) for one in stored)


def _write_span(span: timedelta) -> int:
    return round(span.total_seconds())


def _write_limits(limits: Mapping[Priority, timedelta]) -> dict[str, int]:
    return {one.value: _write_span(span) for one, span in limits.items()}


def _read_limits(stored: Mapping[str, int]) -> dict[Priority, timedelta]:
    return {one: timedelta(seconds=stored[one.value]) for one in Priority}


def _read_day(stored: str | None) -> date | None:
    return None if stored is None else date.fromisoformat(stored)
