"""Performs actions: what is the same for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol, TypeVar

from homebeat.actions.permit import permit
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert
from homebeat.domain.principal import Principal
from homebeat.domain.role import Operation
from homebeat.response.setup import PLAIN, ResponseSetup
from homebeat.store import AuditEntry, Store, UnitOfWork
from homebeat.store.audit.writes import add_entry

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Record:
    """What the audit keeps of an action, beside who did it and when; see `AuditEntry`."""

    about: str
    detail: Mapping[str, str | int | float | bool | None]


def record_alert(alert: Alert, **more: str | int) -> Record:
    """The record of an action on one alert: the alert, the version that it has now, and what else the audit needs."""
    return Record(f"alert:{alert.id}", {"version": alert.version, **more})


class Action(Protocol[R]):
    """One change, as a value: what is to be changed, and on which version of it that was decided.

    Attributes:
        name: Its verb, as the audit has it.
        operation: What the principal must be permitted to do.
    """

    name: ClassVar[str]
    operation: ClassVar[Operation]

    def run(self, work: Work) -> R:
        """Load, decide and write, in the transaction of `work`. Called once, after the permission was checked."""
        ...

    def record(self, result: R) -> Record | None:
        """What the audit keeps. None only where the action changed nothing, and nobody had asked for it."""
        ...


def perform_in(tx: UnitOfWork, principal: Principal, action: Action[R], now: int, setup: ResponseSetup = PLAIN) -> R:
    """Perform an action as a part of a transaction that writes other things too.

    1. The principal must be permitted to do it.
    2. The action loads, decides and writes.
    3. The audit gets its row.

    Args:
        tx: Committed by the caller; what the action wrote is undone with the rest.
        principal: Who acts.
        action: What is done.
        now: By the database's clock, epoch ms.
        setup: The response plans, and what links in notices begin with.

    Raises:
        NotPermitted: The principal may not do this. Nothing was written.
    """
    permit(principal, action.operation)
    result = action.run(Work(tx, principal, now, setup.settle(tx)))
    record = action.record(result)
    if record is not None:
        actor = principal.actor
        add_entry(tx, AuditEntry(now, str(actor), actor.role, action.name, record.about, record.detail))
    return result


class Perform:
    """Performs actions, each in a transaction of its own.

    Args:
        clock: The database's clock, epoch ms.
        setup: The response plans, and what links in notices begin with.
    """

    def __init__(self, store: Store, clock: Callable[[], int], setup: ResponseSetup = PLAIN) -> None:
        self._store: Final = store
        self._clock: Final = clock
        self._setup: Final = setup

    def __call__(self, principal: Principal, action: Action[R]) -> R:
        """Perform an action and commit it.

        Raises:
            NotPermitted: The principal may not do this.
            NotFound: What it is about does not exist, or lies outside the areas in which the principal may do this.
            StaleVersion: What it is about has moved on since the version that the actor saw.
            NotAllowed: The step is not possible in the state things are in.
            Unavailable: The database is away.
        """
        with self._store.begin(scope=principal.find_scope(action.operation)) as tx:
            return perform_in(tx, principal, action, self._clock(), self._setup)
