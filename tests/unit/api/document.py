"""Sends as one role what the OpenAPI document allows and what it forbids, and judges every answer by the document.

Schemathesis makes the requests: for each operation the edges of each value, each thing that is forbidden, and others by chance.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import unquote

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.modes import GenerationMode
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from homebeat.api import build_openapi, create_app
from homebeat.backtest.request import BacktestRequest
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.fleet import Responder, ResponderKind
from homebeat.domain.ids import AlertId, AreaId, HouseholdId, ResponderId, RotaId
from homebeat.domain.metric import Metric
from homebeat.domain.rota import EVERY_DAY, DutyHours, Rota, ShiftPattern
from homebeat.store import SessionEntry, ShiftFeed, Store
from tests.people import add_account, add_identity, add_key, add_session, digest
from tests.unit.api.fixtures import api_context, web
from tests.unit.api.learning import learn, learned
from tests.unit.api.street import Street, fleet
from tests.unit.api.test_backtests import FakeBacktests

#: What is asked of every answer. `positive_data_acceptance` is not: a cursor, an area or a setting that fits the schema may be
#: none of ours, and is refused then. The checks that need links between operations (`use_after_free`) have none in the document.
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
    missing_required_header,
    unsupported_method,
]
#: Goes on without end. `test_stream.py` has it.
ENDLESS: Final = "/api/v1/stream"
SECRET: Final = "a-secret-of-this-role-for-tests"
MODES: Final = list(GenerationMode)
ISSUER: Final = "https://id.example"


@dataclass
class Findings:
    """What was wrong with the answers, by operation and kind: the first of each."""

    found: dict[tuple[str, str], str] = field(default_factory=dict)
    statuses: dict[str, set[int]] = field(default_factory=dict)
    count: int = 0

    def add(self, case: Any, failure: Failure) -> None:
        self.found.setdefault((case.operation.label, type(failure).__name__), f"{failure}\n{case.as_curl_command()}")

    def __str__(self) -> str:
        return "\n\n".join(f"{label}: {text}" for (label, _), text in self.found.items())


#: What is put into a path: by the name of the parameter, for addresses that begin so.
KNOWN: Final[Mapping[tuple[str, str], Sequence[str | int]]] = {
    ("/api/v1/households", "household_id"): ["h-3"],
    ("/api/v1/residents", "resident_id"): ["r-3"],
    ("/api/v1/devices", "device_id"): ["m-3", "b-3"],
    ("/api/v1/glass", "glass_id"): [1, 2],
    ("/api/v1/accounts", "name"): ["visitor"],
    ("/api/v1/accounts", "session_id"): [digest("a-cookie")[: SessionEntry.PUBLIC]],
    ("/api/v1/keys", "name"): ["another"],
    ("/api/v1/backtests", "backtest_id"): ["b0"],
    ("/api/v1/duty", "offer_id"): [1],
    ("/api/v1/duty", "feed_id"): ["f0"],
}
#: The same for bodies, and for the role that is taken away, by the name of the property.
TAKEN: Final[Mapping[str, Sequence[str | None]]] = {
    "area": ["lane"],
    "last": ["P7D"],
    "warm_up": ["P7D", None],
    "role": ["desk", "nurse"],
    "who": ["li", "wang"],
    "rota": ["desk"],
    "shift": ["day"],
    "accepting": ["visitor"],
}


def lay_things(street: Street) -> None:
    """Lay something behind every kind of id."""
    store, now = street.store, street.clock()
    street.water(3, days=2)
    street.readings("b-3", Metric.HEART_RATE_BPM, [(now - n * HOUR_MS, 70.0 + n) for n in range(4)])
    learn(street, learned(3))
    street.quarantine(2)
    add_account(store, "visitor", "desk@lane", "nurse", at=now)
    add_identity(store, "visitor", ISSUER, "248289761001")
    add_session(store, "visitor", "a-cookie", now)
    add_key(store, "another-secret", "integrator", "another", area="lane", at=now)
    lay_duty(store, now)
    with store.begin() as tx:
        for n in (3, 4):
            tx.glass.add("user:somebody", HouseholdId(f"h-{n}"), "the ambulance asks", now, now + HOUR_MS)


def lay_duty(store: Store, now: int) -> None:
    """Lay a rota of the lane with two people, an offer to hand over, and an address of shifts."""
    people = tuple(Responder(ResponderId(name), name, ResponderKind.DESK, (AreaId("lane"),)) for name in ("li", "wang"))
    day = ShiftPattern("day", DutyHours(EVERY_DAY, 0, 1440), (ResponderId("li"), ResponderId("wang")))
    ident = RotaId("desk"), AreaId("lane"), ResponderKind.DESK
    rota = Rota(*ident, "Asia/Shanghai", date(2026, 1, 1), (day,))
    with store.begin() as tx:
        tx.fleet.apply(replace(fleet(12), responders=people), now)
        tx.rotas.set_all([rota], "user:somebody", now)
        tx.rotas.refresh({rota.id: rota}, now)
        tx.hand_overs.add(AreaId("lane"), "user:somebody", "user:visitor", "user:somebody", now)
        tx.shift_feeds.add(ShiftFeed("f0", "", ResponderId("li"), "user:somebody", now))


class Caller:
    """Sends requests as one role with a key for the whole installation; as None without any key."""

    def __init__(self, street: Street, role: str | None) -> None:
        backtests = FakeBacktests()
        backtests.start(BacktestRequest(None, timedelta(days=7), None), "key:somebody")
        app = create_app(api_context(street.store, street.clock, tick_s=0.1, backtests=backtests, issuer=ISSUER))
        self.app: Any = app
        self.findings = Findings()
        lay_things(street)
        if role is not None:
            add_key(street.store, SECRET, role, f"the-{role}")
        self._headers = {} if role is None else {"Authorization": f"Bearer {SECRET}"}
        self._checks = [*CHECKS, ignored_auth] if role is None else CHECKS
        self._schema = schemathesis.openapi.from_dict(_name_known(_copy_document(app), self._lay_alerts(street)))
        # the key is ours to send: what is made up in its place would be no fault of the request
        self._schema.config.generation.with_security_parameters = role is None
        self._operations = [one for one in _list_operations(self._schema) if one.path != ENDLESS]

    def _lay_alerts(self, street: Street) -> dict[str, list[AlertId]]:
        """Open alerts, and let this role answer some, as far as it may; returns those that each act can be done on."""
        new, taken, closed = ([street.sos(n + first).id for n in range(3)] for first in (0, 3, 6))
        with web(self.app, headers=self._headers) as client:
            for alert in (*taken, *closed):
                client.post(f"/api/v1/alerts/{alert}/acknowledge", json={})
            for alert in closed:
                client.post(f"/api/v1/alerts/{alert}/resolve", json={"outcome": "fine", "note": "she answered"})
        return {"acknowledge": new, "release": taken, "resolve": taken, "reopen": closed, "": [*new, *taken, *closed]}

    def send_edges(self, first: int, step: int, only: str = "") -> None:
        """Send the edges of every value, and all that is forbidden: of each operation one in `step`, from `first` on.

        `only` names a part of the paths of those that are asked.
        """
        with self._open() as session:
            for operation in (one for one in self._operations if only in one.path):
                cases = self._schema.iter_coverage_cases(
                    operation, generation_modes=MODES, generation_config=self._schema.config.generation
                )
                for number, case in enumerate(cases):
                    if number % step == first % step:
                        self._send(case, session)

    def send_some(self, allowed: settings, more: settings) -> None:
        """Send by chance.

        Args:
            allowed: How many requests that the document allows, of each operation.
            more: How many others, allowed or forbidden, of all operations together.
        """
        for operation in self._operations:
            self._send_drawn(operation.as_strategy(generation_mode=GenerationMode.POSITIVE), allowed)
        every = [one.as_strategy(generation_mode=mode) for one in self._operations for mode in MODES]
        self._send_drawn(st.one_of(every), more)

    @contextmanager
    def _open(self) -> Iterator[Any]:
        self._schema.app = self.app  # some checks ask again, by themselves
        with asgi.get_client(self.app) as session:
            session.trust_env = False  # nothing leaves this process: no request need look for proxies
            yield session

    def _send_drawn(self, cases: st.SearchStrategy[Any], wanted: settings) -> None:
        with self._open() as session:

            @settings(wanted, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None)
            @given(case=cases)
            def send(case: Any) -> None:
                self._send(case, session)

            send()

    def _send(self, case: Any, session: Any) -> None:
        more = {"session": session, "headers": self._headers or None}
        answer = case.call(**more)
        self.findings.count += 1
        self.findings.statuses.setdefault(case.operation.label, set()).add(answer.status_code)
        checks = CHECKS_ELSEWHERE if _leads_elsewhere(case) else self._checks
        if case.meta is not None and case.meta.is_negative_at(ParameterLocation.PATH):
            # any text may be an id, and something of that id may have been made meanwhile
            checks = [check for check in checks if check is not negative_data_rejection]
        try:
            case.validate_response(answer, checks=checks, headers=self._headers or None, transport_kwargs=more)
        except FailureGroup as group:
            for failure in group.exceptions:
                self.findings.add(case, failure)
        except Failure as failure:
            self.findings.add(case, failure)


#: An id with a slash in it, written `%2F`, is decoded before the route is found: that is another address, or none.
CHECKS_ELSEWHERE: Final = [not_a_server_error, unsupported_method]


def _leads_elsewhere(case: Any) -> bool:
    return any(
        "/" in unquote(str(value)) or unquote(str(value)) in {"", ".", ".."} for value in (case.path_parameters or {}).values()
    )


#: The document as text, once it was built: every application of a process has the same, and building it takes seconds.
_BUILT: Final[list[str]] = []


def _copy_document(app: FastAPI) -> dict[str, Any]:
    if not _BUILT:
        _BUILT.append(json.dumps(build_openapi(app)))
    document: dict[str, Any] = json.loads(_BUILT[0])
    return document


def _name_known(document: dict[str, Any], alerts: Mapping[str, list[AlertId]]) -> dict[str, Any]:
    """Let what the document allows in paths, and for some names elsewhere, be what is there: then requests do something."""
    for path, methods in document["paths"].items():
        for parameter in (one for route in methods.values() for one in route.get("parameters", [])):
            name = parameter["name"]
            known: Sequence[str | int | None] | None = next(
                (ids for (start, of), ids in KNOWN.items() if of == name and path.startswith(start)), None
            )
            if name == "alert_id":
                known = alerts.get(path.rsplit("/", 1)[1], alerts[""])
            if known is None and path.endswith("/roles"):
                known = TAKEN.get(name)
            if known is not None:
                parameter["schema"] = {"enum": list(known)}
    for schema in document["components"]["schemas"].values():
        if schema.get("additionalProperties") is False:  # what is sent; answers stay as they are
            known_by = {name: {"enum": list(TAKEN[name])} for name, one in schema["properties"].items() if _takes(name, one)}
            schema["properties"] |= known_by
    return document


def _takes(name: str, schema: Mapping[str, Any]) -> bool:
    """Whether what is there can stand for a property of a body: a role, or a text; not for a list or a table of that name."""
    kinds = [schema, *schema.get("anyOf", ())]
    return name in TAKEN and (name == "role" or any(one.get("type") == "string" for one in kinds))


def _list_operations(schema: Any) -> list[Any]:
    return [one.ok() for one in schema.get_all_operations()]
