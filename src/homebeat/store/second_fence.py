"""Row-level security on PostgreSQL: the second fence. Where a query forgets its scope, the database gives nothing of others.

The policies go by the scope that each transaction says (`base.scope_setting`). They are forced, so that they hold for the owner
of the tables too. They do not hold for a superuser or a role with BYPASSRLS, nor against whoever can write SQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from homebeat.store.base.scope_setting import SETTING
from homebeat.store.scoping import CHANGED, LEADS, OF_ALL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Column

#: What homebeat keeps of its own work holds the state of everybody: only a transaction with the scope of everything sees it.
WHOLE: Final = ("announced", "checkpoint", "checkpoint_part", "checkpoint_use", "reach", "first_sign", "family_note")
#: Tables without a policy, and why none is needed.
EXEMPT: Final[Mapping[str, str]] = {
    "account": "found by name before it is known who asks",
    "account_identity": "found by what a provider says, before it is known who asks",
    "alembic_version": "the revision of the tables",
    "announcer": "which process announces to Home Assistant",
    "answered": "found by a digest of key and idempotency key, which only the caller has",
    "api_key": "found by digest before it is known who asks",
    "area_above": "ids of areas only; every policy reads it",
    "audit": "read by a role of its own, never by area",
    "audit_head": "the end of the chain",
    "early_receipt": "a provider's own names of messages, for minutes",
    "clock_step": "steps of the machine's clock",
    "field_map": "how messages of suppliers are read; no person is in it",
    "holiday_year": "public holidays",
    "heartbeat": "how the services are",
    "in_hand": "digests of messages",
    "key_check": "which key file wraps the owner keys",
    "known_network": "read to judge who signs in",
    "ledger": "one row of counts",
    "meta": "single numbers",
    "one_time_link": "found by digest before it is known who asks",
    "owner_key": "wrapped by the key file, and of use only with the rows that were sealed with them",
    "pending_sign_in": "found by digest before it is known who asks",
    "reading": "PostgreSQL refuses COPY under row-level security; readings are reached by the number of their device alone",
    "platform": "how far each city platform has come",
    "recovery_code": "hashes, read by who signs in",
    "role_grant": "read to know who asks",
    "sending": "times at which was sent, by a keyed digest of the address or account",
    "session": "found by digest before it is known who asks",
    "signed_checkpoint": "hashes of the audit's chain",
    "tenure": "who holds the lease",
    "wrong_tries": "counts of wrong tries, by digest",
}

_SETTING: Final = f"current_setting('{SETTING}', true)"
#: In a SELECT of their own, so that they are evaluated once for a statement, not for each row.
_EVERYTHING: Final = f"(SELECT {_SETTING}) = '*'"
_SOMETHING: Final = f"(SELECT {_SETTING}) LIKE '[\"%'"
_AREAS: Final = (
    f"ARRAY(SELECT jsonb_array_elements_text(CASE WHEN {_SETTING} LIKE '[%' THEN {_SETTING}::jsonb ELSE '[]'::jsonb END))"
)


def make_policies() -> dict[str, str]:
    """Make the condition of each table's policy: which rows a transaction sees and may write, by the name of the table."""
    found = dict.fromkeys(WHOLE, _EVERYTHING)
    for table, column in LEADS.items():
        found[table.name] = " OR ".join((_EVERYTHING, *_list_conditions(table.name, column)))
    return found


def list_statements(policies: Mapping[str, str]) -> Iterator[str]:
    """List the statements that put up the fence."""
    for table, condition in policies.items():
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
        yield f"CREATE POLICY scope ON {table} USING ({condition})"


def _list_conditions(table: str, column: Column[Any]) -> Iterator[str]:
    """List what each by itself lets a row be seen."""
    match table:
        case "area":
            yield _lies_in("area.id")
            # the names of the areas above: where one's own area is
            yield f"EXISTS (SELECT 1 FROM area_above AS line WHERE line.above = area.id AND line.area = ANY ({_AREAS}))"  # noqa: S608 - names of ours
        case "household" | "alert_area" | "complaint" | "search_term":
            yield _lies_in(f"{table}.{column.name}")
        case "responder_area" | "rota" | "hand_over" | "guide" | "setting_change":
            yield from _touch(f"{table}.{column.name}", is_nullable=bool(column.nullable))
        case "silence":
            yield f"(silence.household IS NULL AND {_lies_in('silence.area')})"
            yield f"(silence.household IS NULL AND {_lies_above('silence.area')})"
            yield _is_seen("household", "id", "silence.household")
        case "responder":
            yield f"(responder.everywhere AND {_SOMETHING})"
            yield "EXISTS (SELECT 1 FROM responder_area AS there WHERE there.responder = responder.id)"
        case "outbox":
            yield _is_seen("alert", "id", "outbox.alert_id")
            of_staff = "EXISTS (SELECT 1 FROM responder AS there WHERE '/' || there.id = outbox.contact)"
            yield f"(outbox.alert_id IS NULL AND {of_staff})"
            yield f"(outbox.alert_id IS NULL AND {_is_seen('contact', 'id', 'outbox.contact')})"
        case "alert":
            yield _lies_in("alert.area")
            yield f"(alert.area IS NULL AND alert.household = '' AND {_SOMETHING})"
        case "change":
            yield f"(change.kind = '{OF_ALL}' AND {_SOMETHING})"
            for kind, key in CHANGED.items():
                yield f"(change.kind = '{kind}' AND {_is_seen(key.table.name, key.name, 'change.ref')})"
        case "quarantine":
            yield f"(quarantine.device IS NULL AND {_SOMETHING})"
            yield _is_seen("device", "id", "quarantine.device")
        case "extra_reading":
            yield _is_seen("device", "id", "extra_reading.device")
        case _:
            (reference,) = column.foreign_keys
            yield _is_seen(reference.column.table.name, reference.column.name, f"{table}.{column.name}")


def _touch(area: str, *, is_nullable: bool) -> Iterator[str]:
    """What concerns an area, for who sees a part of it or of one below; without an area for who sees anything."""
    yield _lies_in(area)
    yield _lies_above(area)
    if is_nullable:
        yield f"({area} IS NULL AND {_SOMETHING})"


def _lies_in(area: str) -> str:
    # not correlated: the areas are found once for a statement, and the planner knows that a row costs next to nothing then
    return f"{area} IN (SELECT line.area FROM area_above AS line WHERE line.above = ANY ({_AREAS}))"  # noqa: S608 - names of ours


def _lies_above(area: str) -> str:
    return f"{area} IN (SELECT line.above FROM area_above AS line WHERE line.area = ANY ({_AREAS}))"  # noqa: S608 - names of ours


def _is_seen(table: str, key: str, value: str) -> str:
    """The row that `value` names is seen: its own policy decides."""
    return f"EXISTS (SELECT 1 FROM {table} AS there WHERE there.{key} = {value})"  # noqa: S608 - names of ours
