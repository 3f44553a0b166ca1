"""Alerts from open files: steps as `homebeat replay --out` writes them, or alerts as the API and `homebeat export` give them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

import msgspec

from homebeat.backtest.episodes import Episode
from homebeat.backtest.happenings import parse_instant
from homebeat.domain.alert import Condition, Desk, Queue, TransitionKind, find_queue
from homebeat.domain.errors import BadSettings
from homebeat.rules.catalogue import RULES

#: Steps that say that the condition holds from now on: a person has to look, for the first time or again.
_OPENS: Final = frozenset({TransitionKind.OPENED.value, TransitionKind.REOPENED.value})
_ENDS: Final = frozenset({TransitionKind.CLEARED.value, TransitionKind.RESOLVED.value})


def read_alerts(content: bytes, name: str) -> list[Episode]:
    """Read alerts: one JSON object a line, or one page of `GET /api/v1/alerts`.

    Args:
        content: The file.
        name: Of the file, for errors.

    Raises:
        BadSettings: A line is no alert; the text names it.
    """
    rows = _read_page(content)
    if rows is None:
        rows = []
        for number, line in enumerate(content.splitlines(), 1):
            if line.strip():
                try:
                    rows.append(msgspec.json.decode(line))
                except msgspec.MsgspecError as wrong:
                    raise BadSettings(f"line {number} of {name} is not JSON: {wrong}") from wrong
    return make_episodes(rows, name)


def make_episodes(rows: Iterable[Any], name: str) -> list[Episode]:
    """Make alerts of decoded rows, in their order; `name` says where they come from, for errors.

    Raises:
        BadSettings: A row is no alert; the text names it.
    """
    found: list[Episode] = []
    standing: dict[str, int] = {}  # place in `found` of each alert whose condition holds
    for number, row in enumerate(rows, 1):
        try:
            if "opened_at" in row:
                found += _read_alert(row)
                continue
            alert_id, step = str(row["alert_id"]), row["transition"]
            if step in _OPENS:
                standing[alert_id] = len(found)
                found.append(_make_episode(row, alert_id, parse_instant(row["at"])))
            elif step in _ENDS and alert_id in standing:
                place = standing.pop(alert_id)
                found[place] = replace(found[place], ended_at=parse_instant(row["at"]))
        except (KeyError, TypeError, ValueError) as wrong:
            raise BadSettings(f"line {number} of {name} is no alert and no step of one: {wrong}") from wrong
    return found


def _read_page(content: bytes) -> list[Any] | None:
    try:
        page = msgspec.json.decode(content)
    except msgspec.MsgspecError:
        return None
    return page["items"] if isinstance(page, dict) and isinstance(page.get("items"), list) else None


def _read_alert(row: dict[str, Any]) -> Iterator[Episode]:
    """Read an alert that shows its latest step alone; one that came back counts as one more."""
    # the API says `alert_id` and `at`, an export `id` and `changed_at`
    alert_id, last = str(row.get("alert_id", row.get("id"))), parse_instant(row.get("at", row.get("changed_at")))
    is_over = row["condition"] == Condition.CLEARED or row["answer"] == "resolved"
    opened = _make_episode(row, alert_id, parse_instant(row["opened_at"]))
    if row["transition"] == TransitionKind.REOPENED:
        yield replace(opened, ended_at=opened.opened_at)
        opened = replace(opened, opened_at=last)
    yield replace(opened, ended_at=last) if is_over else opened


def _make_episode(row: dict[str, Any], alert_id: str, at: int) -> Episode:
    rule = str(row["rule"])
    known = RULES.get(rule)
    queue = (
        Queue(row["queue"])
        if "queue" in row
        else find_queue(known.desk if known else Desk.CARE, digest=bool(known and known.digest))
    )
    return Episode(
        id=alert_id,
        rule=rule,
        queue=queue,
        household=row["household"] or "",
        resident=row["resident"],
        device=row["device"],
        since=parse_instant(row["since"]),
        opened_at=at,
    )
