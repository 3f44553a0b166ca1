"""Writes alerts and their history. A step that is written again changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Table, select
from sqlalchemy.exc import IntegrityError

from homebeat.domain.errors import NotAllowed
from homebeat.store.alert import tables
from homebeat.store.alert.areas import find_areas, follow
from homebeat.store.alert.rows import make_alert_row, make_event_row, make_transition_row
from homebeat.store.base.among import match_any
from homebeat.store.base.bulk import update_columns, write_new_rows
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.database import insert_into
from homebeat.store.scoping import narrow
from homebeat.store.sealing.values import name_household

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from homebeat.domain.alert import Alert, Transition
    from homebeat.domain.ids import AlertId
    from homebeat.store.alert.values import Suppression
    from homebeat.store.session import UnitOfWork

_alert: Table = tables.alert
_step: Table = tables.transition
#: What an alert is about, and since when: no step changes them.
_FIXED: Final = frozenset({"rule", "subject_key", "household", "resident", "device", "opened_at"})


class AlertWrites:
    """Writes the steps of alerts. Only `homebeat.actions` uses it, which an import contract enforces."""

    def __init__(self, tx: UnitOfWork) -> None:
        self._connection = tx.connection
        self._changes = tx.changes
        self._keys = tx.owner_keys
        self._scope = tx.scope

    def apply(self, alert: Alert, transition: Transition) -> bool:
        """Write one step; `alert` is the alert after it.

        Returns:
            Whether it was new: False when this very step was written before.

        Raises:
            NotAllowed: It was decided on a version that is no longer the latest, or the same rule and subject have another
                unresolved alert.
        """
        return self.apply_all([(alert, transition)]) == 1

    def apply_all(self, steps: Sequence[tuple[Alert, Transition]]) -> int:
        """Write the steps of a tick in their order; several may concern one alert.

        Returns:
            How many were new.

        Raises:
            NotAllowed: As `apply`. The transaction cannot go on after it.
        """
        try:
            return sum(self._apply(run) for run in _split_steps(steps))
        except IntegrityError as error:
            raise NotAllowed("the alert was changed meanwhile, or another one stands for the same cause") from error

    def _apply(self, steps: Sequence[tuple[Alert, Transition]]) -> int:
        self._open([(alert, step) for alert, step in steps if alert.version == 1])
        new = self._record(steps)
        self._update([(alert, step) for alert, step in new if alert.version > 1])
        follow(self._connection, new, self._scope)
        for alert, step in new:
            self._changes.add("alert", alert.id, step.at)
            self._changes.add_event(make_event_row(alert))
        return len(new)

    def _open(self, steps: Sequence[tuple[Alert, Transition]]) -> None:
        if steps:
            areas = find_areas(self._connection, (alert.subject.household or "" for alert, _ in steps), self._scope)
            rows = [
                {**make_alert_row(alert, step), "area": alert.subject.area or areas.get(alert.subject.household or "")}
                for alert, step in steps
            ]
            insert = insert_into(self._connection, _alert).on_conflict_do_nothing(index_elements=["id"])
            self._connection.execute(insert, rows)

    def _record(self, steps: Sequence[tuple[Alert, Transition]]) -> list[tuple[Alert, Transition]]:
        """Write the history; returns the steps that it did not have yet."""
        # the machine makes no remarks: a tick seals nothing
        remarked = {name_household(alert.subject.household or ""): step.at for alert, step in steps if step.note}
        if remarked:
            self._keys.make_keys(remarked, max(remarked.values()))
        rows = [make_transition_row(*step, self._keys) for step in steps]
        new = write_new_rows(self._connection, _step, rows, "key")
        by_key = {row["key"]: step for row, step in zip(rows, steps, strict=True)}
        return [step for key, step in by_key.items() if key in new]

    def _update(self, steps: Sequence[tuple[Alert, Transition]]) -> None:
        """Write how alerts stand after their last steps, where each stood as it was before its first."""
        runs: dict[AlertId, list[tuple[Alert, Transition]]] = {}
        for alert, step in steps:
            runs.setdefault(alert.id, []).append((alert, step))
        if not runs:
            return
        rows = [make_alert_row(*run[-1]) for run in runs.values()]
        columns = {name: [row[name] for row in rows] for name in rows[0] if name not in _FIXED}
        # one fewer than its first step, if its steps follow one another
        before = [run[-1][0].version - len(run) for run in runs.values()]
        if update_columns(self._connection, _alert, columns, key="id", expects={"version": before}) != len(rows):
            raise NotAllowed("this alert was changed meanwhile; look at it again")

    def suppress(self, held: Sequence[tuple[AlertId, Suppression]]) -> None:
        """Store that edges were held back. Nothing happens where no such alert exists, or the row is there already."""
        known: set[str] = set()
        for some in split_chunks(dict.fromkeys(alert_id for alert_id, _ in held)):
            query = narrow(select(_alert.c.id).where(match_any(_alert.c.id, some)), _alert.c.area, self._scope)
            known.update(self._connection.scalars(query))
        rows = [_make_held_row(alert_id, one) for alert_id, one in held if alert_id in known]
        if rows:
            self._connection.execute(insert_into(self._connection, tables.suppression).on_conflict_do_nothing(), rows)


def _make_held_row(alert_id: AlertId, held: Suppression) -> dict[str, Any]:
    return {
        "alert_id": alert_id,
        "stage": held.stage,
        "kind": held.kind.value,
        "at": held.at,
        "since": held.since,
        "reason_code": held.reason,
        "reason_params": dict(held.params),
    }


def _split_steps(steps: Sequence[tuple[Alert, Transition]]) -> Iterator[Sequence[tuple[Alert, Transition]]]:
    """Split steps so that each part can be written together: no alert opens beside steps of an earlier one for the same cause."""
    run: list[tuple[Alert, Transition]] = []
    holders: dict[tuple[str, str], AlertId] = {}
    for alert, step in steps:
        if holders.setdefault((alert.rule, alert.subject.key), alert.id) != alert.id:
            yield run
            run, holders = [], {(alert.rule, alert.subject.key): alert.id}
        run.append((alert, step))
    if run:
        yield run
