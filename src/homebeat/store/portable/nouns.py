"""Which table leaves under which name, and what of it stays behind.

A table is a noun of `NOUNS`, or stands in `STAYS` with the reason why it does not leave.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from homebeat.store.access import tables as access_tables
from homebeat.store.access.consents import PAPERS
from homebeat.store.access.glass import REASONS
from homebeat.store.alert import tables as alert_tables
from homebeat.store.alert.rows import NOTES
from homebeat.store.alert.silences import SILENCE_TEXTS
from homebeat.store.audit import tables as audit_tables
from homebeat.store.duty import tables as duty_tables
from homebeat.store.duty.complaints import COMPLAINT_TEXTS
from homebeat.store.duty.providers import CIRCUIT_TEXTS
from homebeat.store.duty.volunteers import CORRECTION_TEXTS
from homebeat.store.home import tables as home_tables
from homebeat.store.home.home_changes import CHANGE_CONTENTS
from homebeat.store.home.sealed import ABSENCES, CONTACTS, HOUSEHOLDS, RESIDENTS, RESPONDERS
from homebeat.store.learned import tables as learned_tables
from homebeat.store.notice import tables as notice_tables
from homebeat.store.operation import tables as operation_tables
from homebeat.store.operation.setting_changes import SETTING_TEXTS
from homebeat.store.reading import tables as reading_tables

if TYPE_CHECKING:
    from sqlalchemy import Column, Table

    from homebeat.store.sealing.values import SealedTable


@dataclass(frozen=True, slots=True)
class Noun:
    """One table as it leaves.

    Attributes:
        name: Of its file.
        table: Where the rows are.
        sealed: What is sealed in it; None for nothing.
        stays: Columns that do not leave, because they are secret or follow from others, and what stands in their place where the
            rows come in; None: the database or the store fills them.
        begins: Columns that leave, and begin anew where the rows come in.
        is_of_installation: It belongs to no area, so it does not leave with one.
        is_shared: It belongs to no area and to nobody, so it leaves with each.
        borrows: Columns of the table that it refers to, which say whose key seals it. They leave with it.
    """

    name: str
    table: Table
    sealed: SealedTable | None = None
    stays: Mapping[str, Any] = field(default_factory=dict)
    begins: Mapping[str, Any] = field(default_factory=dict)
    is_of_installation: bool = False
    is_shared: bool = False
    borrows: tuple[Column[Any], ...] = ()


#: Nobody can sign in with what stands in their place.
_SIGN_IN: Final[Mapping[str, Any]] = {"password": "", "totp_sealed": None, "totp_step": 0}
#: In an order in which rows can be written: what is referred to comes first.
NOUNS: Final = (
    Noun("areas", home_tables.area),
    Noun("accounts", access_tables.account, None, _SIGN_IN, is_of_installation=True),
    Noun("account_identities", access_tables.account_identity, is_of_installation=True),
    Noun("role_grants", access_tables.role_grant, is_of_installation=True),
    Noun("households", home_tables.household, HOUSEHOLDS),
    Noun("residents", home_tables.resident, RESIDENTS, {"phone_digest": None}),
    Noun("contacts", home_tables.contact, CONTACTS, {"phone_digest": None, "ways": None}),
    Noun("devices", home_tables.device, None, {"no": None}),
    Noun("absences", home_tables.away, ABSENCES),
    Noun("home_changes", home_tables.home_change, CHANGE_CONTENTS),
    Noun("responders", home_tables.responder, RESPONDERS, {"ways": None}),
    Noun("consents", access_tables.consent, PAPERS),
    Noun("broken_glass", access_tables.broken_glass, REASONS),
    Noun("holidays", duty_tables.holiday_year, is_shared=True),
    Noun("rotas", duty_tables.rota),
    Noun("shift_changes", duty_tables.shift_change),
    Noun("leave", duty_tables.leave),
    Noun("shifts", duty_tables.shift),
    Noun("hand_overs", duty_tables.hand_over),
    Noun("circuits", duty_tables.circuit),
    Noun("circuit_steps", duty_tables.circuit_step, CIRCUIT_TEXTS),
    Noun("service_entries", duty_tables.service_entry),
    Noun("hours_corrections", duty_tables.hours_correction, CORRECTION_TEXTS),
    Noun("complaints", duty_tables.complaint, COMPLAINT_TEXTS),
    Noun("guides", alert_tables.guide),
    Noun("setting_changes", operation_tables.setting_change, SETTING_TEXTS),
    Noun("field_maps", reading_tables.field_map, is_shared=True),
    Noun("disregarded_spans", learned_tables.disregarded),
    Noun("limit_choices", learned_tables.limit_choice),
    Noun("learned_profiles", learned_tables.learned),
    Noun("resident_states", home_tables.resident_state),
    Noun("device_states", home_tables.device_state),
    Noun("last_messages", reading_tables.last_message),
    Noun("first_signs", home_tables.first_sign, is_of_installation=True),
    Noun("alerts", alert_tables.alert),
    Noun("transitions", alert_tables.transition, NOTES, borrows=(alert_tables.alert.c.household,)),
    Noun("alert_events", alert_tables.alert_event),
    Noun("suppressions", alert_tables.suppression),
    Noun("visits", alert_tables.visit),
    Noun("silences", alert_tables.silence, SILENCE_TEXTS),
    Noun("held_edges", alert_tables.held_edge),
    Noun("alert_homes", alert_tables.alert_home),
    Noun("deadlines", alert_tables.deadline),
    Noun("closings", alert_tables.closing),
    Noun("provider_orders", duty_tables.provider_order),
    Noun("follow_ups", duty_tables.follow_up),
    Noun("notices", notice_tables.outbox, None, {"endpoint": ""}, {"lease_until": None, "lease_owner": None}),
    Noun("deliveries", notice_tables.delivery),
    Noun("family_notes", notice_tables.family_note, is_of_installation=True),
    Noun("reach", notice_tables.reach, is_of_installation=True),
    Noun("platforms", notice_tables.platform, begins={"owner": "", "lease_until": 0}, is_of_installation=True),
    Noun("extra_readings", reading_tables.extra_reading),
    Noun("quarantine", reading_tables.quarantine),
    Noun("audit", audit_tables.audit, is_of_installation=True),
    Noun("audit_head", audit_tables.audit_head, is_of_installation=True),
    Noun("signed_checkpoints", audit_tables.signed_checkpoint, is_of_installation=True),
    Noun("ledger", reading_tables.ledger, is_of_installation=True),
    Noun("clock_steps", operation_tables.clock_step, is_shared=True),
)
_HIDDEN: Final = "a secret, or the digest of one: it is made anew"
_FOLLOWS: Final = "follows from other rows, and is made anew"
_PASSING: Final = "of the moment: it says how this installation works just now"
#: Tables that do not leave, and why.
STAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "owner_key": "keys stay: what leaves is open, and is sealed again where it comes in",
        "key_check": "keys stay: what leaves is open, and is sealed again where it comes in",
        "recovery_code": _HIDDEN,
        "api_key": _HIDDEN,
        "session": _HIDDEN,
        "one_time_link": _HIDDEN,
        "pending_sign_in": _HIDDEN,
        "message_link": _HIDDEN,
        "shift_feed": _HIDDEN,
        "door_code": "codes at doors come from the key of the installation: print the labels anew",
        "known_network": _PASSING,
        "wrong_tries": _PASSING,
        "answered": _PASSING,
        "sending": _PASSING,
        "early_receipt": _PASSING,
        "in_hand": _PASSING,
        "heartbeat": _PASSING,
        "announced": _PASSING,
        "announcer": _PASSING,
        "tenure": _PASSING,
        "change": _PASSING,
        "meta": _PASSING,
        "visit_photo": "photos stay: they are deleted after weeks, and are shown to whoever answers alone",
        "area_above": _FOLLOWS,
        "responder_area": _FOLLOWS,
        "alert_area": _FOLLOWS,
        "search_term": _FOLLOWS,
        "search_pending": _FOLLOWS,
        "checkpoint": "follows from the readings, which the watch folds anew",
        "checkpoint_part": "follows from the readings, which the watch folds anew",
        "checkpoint_use": "follows from the readings, which the watch folds anew",
    }
)
