"""A fleet file is read as DESIGN says, or refused whole with line and field."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.errors import BadFleet
from homebeat.domain.fleet import REPORTS_EVERY, Away, CareNeed, Channel, Contact, Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, ContactId, DeviceId, HouseholdId, ResidentId
from homebeat.registry.fleet_file import read_fleet, read_fleet_file
from tests.unit.fleet_file.examples import GONE, STREET, YAML, spoilt


def faults_of(text: str, *, is_json: bool = True) -> tuple[str, ...]:
    with pytest.raises(BadFleet) as caught:
        read_fleet(text, ["native", "senml"], is_json=is_json)
    return caught.value.faults


def test_every_field_is_read() -> None:
    fleet = read_fleet(json.dumps(STREET), is_json=True)
    assert [(a.id, a.name, a.parent) for a in fleet.areas] == [("c1", "Willow City", None), ("s1", "Heron Street", "c1")]
    home = fleet.households[0]
    assert home == Household(
        HouseholdId("h1"),
        AreaId("s1"),
        "Asia/Shanghai",
        "Heron Street 7, flat 302",
        (Resident(ResidentId("r1"), "林阿婆", 1941, "139-0000-0001", "zh-CN"),),
        (
            Contact(
                *(ContactId("h1/wei"), "Lin Wei", "son", (Channel("webhook", {"url": "https://family.example/hook"}),)),
                *("138-0000-0001", "en"),
            ),
            Contact(ContactId("h1/n-450c54de72db"), "Mrs Plum", "neighbour"),
        ),
        (
            Device(DeviceId("m1"), DeviceKind.WATER_METER, None, None, timedelta(hours=1), 10.0),
            Device(DeviceId("b1"), DeviceKind.WRISTBAND, ResidentId("r1"), "native", REPORTS_EVERY[DeviceKind.WRISTBAND], 1.0),
        ),
        (Away(datetime(2026, 3, 1, 8, tzinfo=UTC), datetime(2026, 3, 4, 16, tzinfo=UTC), "with her son"),),
    )


def test_json_and_yaml_say_the_same() -> None:
    assert read_fleet(YAML, is_json=False) == read_fleet(json.dumps(STREET), is_json=True)
    assert read_fleet(json.dumps(STREET, indent=2), is_json=False) == read_fleet(YAML, is_json=False)


@pytest.mark.parametrize(
    "name, text", [("f.json", json.dumps(STREET)), ("f.yml", YAML), ("f", json.dumps(STREET)), ("f.txt", YAML)]
)
def test_the_form_is_known_by_name_or_text(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text("\ufeff" + text, encoding="utf-8")
    assert len(read_fleet_file(tmp_path / name).households) == 2


def test_what_a_family_chose_is_read() -> None:
    budget = spoilt("households.0.residents.0.false_alarms_a_month", 0.3)
    assert read_fleet(budget, is_json=True).households[0].residents[0].false_alarms_a_month == 0.3
    assert read_fleet(spoilt("households.0.ask_first", True), is_json=True).households[0].ask_first
    plain = read_fleet(YAML, is_json=False).households[0]
    assert (plain.ask_first, plain.residents[0].false_alarms_a_month) == (False, None)


def test_what_whoever_goes_there_should_know_is_read() -> None:
    home = read_fleet(spoilt("households.0.access", "third floor, a dog"), is_json=True).households[0]
    assert (home.access, home.residents[0].notes, home.contacts[0].holds_key) == ("third floor, a dog", "", False)
    home = read_fleet(spoilt("households.0.residents.0.notes", "hears badly"), is_json=True).households[0]
    assert home.residents[0].notes == "hears badly"
    assert read_fleet(spoilt("households.0.contacts.0.holds_key", True), is_json=True).households[0].contacts[0].holds_key


def test_one_person_answers_for_a_family() -> None:
    text = spoilt("households.0.contacts.1.is_representative", True)
    assert [one.is_representative for one in read_fleet(text, is_json=True).households[0].contacts] == [False, True]
    two = [{"name": "Lin Wei", "is_representative": True}, {"name": "Lin Mei", "is_representative": True}]
    (fault,) = faults_of(spoilt("households.0.contacts", two))
    assert "contacts[1].is_representative: is true for another contact of this home: one person answers for a family" in fault


@pytest.mark.parametrize(
    ("written", "model"),
    [
        ("Waveband W2", "Waveband W2"),
        ("  Waveband\u3000 W2 ", "Waveband W2"),
        ("Caf\u0065\u0301", "Caf\u00e9"),
        (" ", ""),
        (None, ""),
    ],
)
def test_a_model_is_read_in_one_spelling(written: str | None, model: str) -> None:
    home = read_fleet(spoilt("households.0.devices.0.model", written), is_json=True).households[0]
    assert [device.model for device in home.devices] == [model, ""]


def test_building_gateway_and_need_are_read() -> None:
    home = read_fleet(spoilt("households.0.building", "b7"), is_json=True).households[0]
    assert (home.building, [device.gateway for device in home.devices]) == ("b7", ["", ""])
    home = read_fleet(spoilt("households.0.devices.0.gateway", "gw-7"), is_json=True).households[0]
    assert ([device.gateway for device in home.devices], home.building) == (["gw-7", ""], "")
    (person,) = read_fleet(spoilt("households.0.residents.0.need", "high"), is_json=True).households[0].residents
    assert person.need is CareNeed.HIGH


@pytest.mark.parametrize(
    "place, value, fault",
    [
        ("households.0.building", "no 7", "households[0].building: 'no 7' is not an id"),
        ("households.0.devices.0.model", 302, "households[0].devices[0].model: 302 is not a text; put it in quotes"),
        ("households.0.devices.0.model", "W" * 81, "households[0].devices[0].model: is longer than 80 characters"),
        ("households.0.devices.0.model", "W2\u202e", "households[0].devices[0].model: holds control characters"),
        ("households.0.devices.0.gateway", "b1", "households[0].devices[0].gateway: 'b1' is a device of another kind"),
        ("households.0.residents.0.need", "urgent", "households[0].residents[0].need: 'urgent' is not one of high, medium, low"),
    ],
)
def test_a_part_that_cannot_be_is_refused(place: str, value: Any, fault: str) -> None:
    (found,) = faults_of(spoilt(place, value))
    assert fault in found


def test_an_empty_street_is_a_street() -> None:
    assert read_fleet("{}", is_json=True) == Fleet()


@pytest.mark.parametrize("kind", list(DeviceKind))
def test_each_kind_has_its_usual_interval(kind: DeviceKind) -> None:
    text = spoilt("households.0.devices.0", {"id": "x", "kind": kind.value})
    assert read_fleet(text, is_json=True).households[0].devices[0].reports_every == REPORTS_EVERY[kind]


@pytest.mark.parametrize(
    "path, value, says",
    [
        ("areas.0.id", "", "areas[0].id: is missing"),
        ("households.0.ask_first", "yes", "households[0].ask_first: 'yes' is neither true nor false"),
        (
            "households.0.residents.0.false_alarms_a_month",
            9,
            "households[0].residents[0].false_alarms_a_month: 9 is not between 0.1 and 8",
        ),
        ("areas.0.id", 310101, "areas[0].id: 310101 is not a text; put it in quotes"),
        ("areas.0.id", "a b", "areas[0].id: 'a b' is not an id"),
        ("areas.0.id", "a/b", "areas[0].id: 'a/b' is not an id"),
        ("areas.1.id", "c1", "areas[1].id: 'c1' is there already, at areas[0]"),
        ("areas.1.parent", "c2", "areas[1].parent: there is no area 'c2'"),
        ("areas.0.parent", "s1", "areas[0].parent: goes in a circle: c1 > s1 > c1"),
        ("areas.0.parent", "c1", "areas[0].parent: goes in a circle: c1 > c1"),
        ("areas.0.nmae", "x", "areas[0].nmae: there is no such field; did you mean name?"),
        ("areas", {"id": "c1"}, "areas: is a list here"),
        ("area", [], "area: there is no such field; did you mean areas?"),
        ("households.0.id", GONE, "households[0].id: is missing"),
        ("households.1.id", "h1", "households[1].id: 'h1' is there already, at households[0]"),
        ("households.0.area", "s2", "households[0].area: there is no area 's2'"),
        ("households.0.timezone", "Asia/Shanghia", "'Asia/Shanghia' is not a time zone; did you mean Asia/Shanghai?"),
        ("households.0.timezone", "+08:00", "'+08:00' is not a time zone; write Asia/Shanghai"),
        ("households.0.timezone", "../../etc", "is not a time zone"),
        ("households.0.timezone", GONE, "households[0].timezone: is missing"),
        ("households.0.address", "a\u0000b", "households[0].address: holds control characters"),
        ("households.0.address", "a\nb", "households[0].address: holds control characters"),
        ("households.0.address", "a\u202eb", "households[0].address: holds control characters"),
        ("households.0.access", "x" * 501, "households[0].access: is longer than 500 characters"),
        ("households.0.residents.0.notes", "x" * 1001, "residents[0].notes: is longer than 1000 characters"),
        ("households.0.contacts.0.holds_key", "yes", "'yes' is neither true nor false"),
        ("households.0.address", "x" * 301, "households[0].address: is longer than 300 characters"),
        ("households.0", 7, "households[0]: is a table of fields here"),
        (
            "households.1.residents.0.id",
            "r1",
            "households[1].residents[0].id: 'r1' is there already, at households[0].residents[0]",
        ),
        ("households.0.residents.0.name", GONE, "residents[0].name: is missing"),
        ("households.0.residents.0.birth_year", "1941", "'1941' is not a year between 1850 and 2100"),
        ("households.0.residents.0.birth_year", True, "True is not a year"),
        ("households.0.residents.0.birth_year", 1700, "1700 is not a year"),
        ("households.0.residents.0.phone", "call me", "'call me' is not a telephone number"),
        ("households.0.residents.0.phone", 5550100, "5550100 is not a text; put it in quotes"),
        ("households.0.residents.0.language", "中文", "is not a language tag"),
        ("households.0.residents.0.language", 86, "is not a text"),
        ("households.0.contacts.0.name", None, "contacts[0].name: is missing"),
        ("households.0.contacts.0.id", "we i", "'we i' is not an id"),
        ("households.0.contacts.1.id", "wei", "contacts[1].id: 'wei' is there already, at households[0].contacts[0]"),
        ("households.0.contacts.0.is_representative", "yes", "'yes' is neither true nor false"),
        (
            "households.0.contacts.2",
            {"name": "Lin Apo", "is_resident": True, "is_representative": True},
            "contacts[2].is_representative: is for somebody of the family, and this contact is the resident",
        ),
        (
            "households.0.contacts.2",
            {"name": "Lin Apo", "is_resident": True, "wants_daily": True},
            "contacts[2].wants_daily: is for the family: this contact is the resident",
        ),
        ("households.0.contacts.0.phone", "later", "'later' is not a telephone number"),
        ("households.0.contacts.0.language", "中文", "is not a language tag"),
        (
            "households.0.contacts.2",
            {"name": " Mrs  Plum"},
            "contacts[2].name: ' Mrs  Plum' is there already, at households[0].contacts[1]: give each of them an `id`",
        ),
        (
            "households.0.contacts.0.channels.1",
            {"kind": "webhook", "url": "https://family.example/hook"},
            "channels[1].url: is the address of another channel of the same person",
        ),
        (
            "households.0.contacts.0.channels.1",
            {"kind": "webhook", "url": "https://x.example/", "number": "1"},
            "channels[1].number: there is no such field",
        ),
        ("households.0.contacts.0.channels.0.kind", "fax", "'fax' is not one of webhook"),
        ("households.0.contacts.0.channels.0.url", "ftp://x", "is not a web address"),
        ("households.0.contacts.0.channels.0.url", "https://a:b@x", "is not a web address"),
        ("households.0.contacts.0.channels.0.url", "https://x:99999/", "is not a web address"),
        ("households.0.contacts.0.channels.0.url", "https:///x", "is not a web address"),
        ("households.0.contacts.0.channels.0.secret", "hunter2", "is not whsec_ and 24 to 64 bytes"),
        ("households.0.contacts.0.channels.0.secret", "whsec_c2hvcnQ=", "is not whsec_ and 24 to 64 bytes"),
        ("households.0.devices.1.id", "m1", "devices[1].id: 'm1' is there already, at households[0].devices[0]"),
        ("households.0.devices.0.id", "m/#", "'m/#' is not an id"),
        ("households.0.devices.0.id", "表", "'表' is not an id: letters, digits and . _ : - only, in ASCII"),
        ("households.0.devices.0.kind", "watermeter", "'watermeter' is not one of water_meter, wristband"),
        ("households.0.devices.0.kind", "watermeter", "; did you mean water_meter?"),
        ("households.0.devices.0.kind", GONE, "devices[0].kind: is missing"),
        ("households.0.devices.0.reports_every", "1 h", "'1 h' is not a duration; write PT12H"),
        ("households.0.devices.0.reports_every", 3600, "3600 is not a text"),
        ("households.0.devices.0.reports_every", "PT0S", "PT0S is not between PT1S and P31D"),
        ("households.0.devices.0.resolution_litres", 0, "0 is not between 0.001 and 10000"),
        ("households.0.devices.0.resolution_litres", "1", "'1' is not a number"),
        ("households.0.devices.0.resolution_litres", True, "True is not a number"),
        ("households.0.devices.1.resident", "r2", "'r2' does not live in this household"),
        ("households.0.devices.1.codec", "nativ", "'nativ' is not one of native, senml; did you mean native?"),
        ("households.0.away.0.from", GONE, "away[0].from: is missing"),
        ("households.0.away.0.from", "tomorrow", "away[0].from: 'tomorrow' is not a time; write 2026-03-01T08:00:00Z"),
        ("households.0.away.0.from", "2026-02-30", "'2026-02-30' is not a time"),
        ("households.0.away.0.from", "0001-01-01", "is not a time"),
        ("households.0.away.0.to", "9999-12-31", "is not a time"),
        ("households.0.away.0.to", "2026-02-01", "away[0].to: is not after `from`"),
    ],
)
def test_one_fault_is_told_with_its_line_and_field(path: str, value: Any, says: str) -> None:
    text = spoilt(path, value)
    told = faults_of(text)
    assert any(says in fault for fault in told), told
    assert len(told) == 1 or path in {"areas.0.id", "areas.1.id", "households.0.residents.0.id", "areas"}
    line = int(told[0].removeprefix("line ").split(":")[0])
    if value is not GONE and not isinstance(value, dict) and len(told) == 1:
        assert json.dumps(value) in text.splitlines()[line - 1]


def test_every_fault_of_a_yaml_file_is_told_at_once() -> None:
    text = YAML.replace("kind: wristband", "kind: bracelet").replace("timezone: Europe/Madrid", "timezoen: Europe/Madrid")
    text = text.replace("to: 2026-03-04", "to: [1]")
    kinds = ", ".join(DeviceKind)
    assert faults_of(text, is_json=False) == (
        f"line 29: households[0].devices[1].kind: 'bracelet' is not one of {kinds}",
        "line 34: households[0].away[0].to: [1] is not a text",
        "line 38: households[1].timezoen: there is no such field; did you mean timezone?",
        "line 36: households[1].timezone: is missing",
    )


@pytest.mark.parametrize(
    "text, is_json, says",
    [
        ('{"areas": [],\n "areas": []}', True, "line 2: areas: is there twice"),
        ("areas: []\nareas: []\n", False, "line 2: areas: is there twice"),
        ('{"areas": [\n', True, "line 2: not JSON"),
        ('{"x": NaN}', True, "NaN is not a number"),
        ("areas: [\n", False, "line 2: not YAML"),
        ("a: &x 1\nb: *x\n", False, "line 1: not YAML: anchors and aliases are not understood"),
        ("{}\n---\n{}\n", False, "one document is enough"),
        ("? [a]\n: b\n", False, "a field's name is a text"),
        ("[" * 100_000, False, "nested too deeply"),
        ("[" * 100_000, True, "nested too deeply"),
        ("", False, "line 1: the file: is a table of fields"),
        ("[]", True, "line 1: the file: is a table of fields"),
        ("\x00", False, "not YAML"),
        ('{"x": ' + "9" * 5000 + "}", True, "line 1: "),
        ("x: " + "9" * 5000, False, "line 1: "),
    ],
)
def test_a_text_that_is_no_fleet_at_all(text: str, is_json: bool, says: str) -> None:
    assert says in faults_of(text, is_json=is_json)[0]


def test_yaml_values_are_what_they_look_like() -> None:
    text = YAML.replace("name: Lin Wei", "name: no").replace("reason: with her son", "reason: 12:30")
    home = read_fleet(text, is_json=False).households[0]
    assert (home.contacts[0].name, home.away[0].reason) == ("no", "12:30")


def test_a_rare_character_in_two_halves_does_not_cost_the_line() -> None:
    text = spoilt("households.0.address", "\U00020bb7 lane").replace('"kind": "wristband"', '"kind": "x"')
    assert "\\ud842\\udfb7" in text
    (fault,) = faults_of(text)
    assert '"kind": "x"' in text.splitlines()[int(fault.split()[1].rstrip(":")) - 1]


@pytest.mark.parametrize(
    "begins, ends, starts_at, ends_at",
    [
        (
            "2026-03-01T08:00:00+08:00",
            "2026-03-01T10:00:00Z",
            datetime(2026, 3, 1, 0, tzinfo=UTC),
            datetime(2026, 3, 1, 10, tzinfo=UTC),
        ),
        ("2026-03-01T08:00", None, datetime(2026, 3, 1, 0, tzinfo=UTC), None),
        ("2026-03-01", "2026-03-01", datetime(2026, 2, 28, 16, tzinfo=UTC), datetime(2026, 3, 1, 16, tzinfo=UTC)),
    ],
)
def test_times_without_an_offset_are_the_households_own(
    begins: str, ends: str | None, starts_at: datetime, ends_at: datetime
) -> None:
    (away,) = read_fleet(spoilt("households.0.away.0", {"from": begins, "to": ends}), is_json=True).households[0].away
    assert (away.starts_at, away.ends_at) == (starts_at, ends_at)


def test_very_many_faults_are_counted_after_the_first_hundred() -> None:
    told = faults_of(json.dumps({"areas": [{} for _ in range(80)]}))
    assert (len(told), told[-1]) == (101, "and 60 more")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadFleet, match="cannot be read: No such file"):
        read_fleet_file(tmp_path / "none.json")
    (tmp_path / "x.json").write_bytes(b'{\n"a": "\xff"}')
    with pytest.raises(BadFleet, match="line 2: not UTF-8"):
        read_fleet_file(tmp_path / "x.json")


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "kind", "from", "url", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
_PLACES = [
    "areas",
    "areas.0",
    "areas.0.parent",
    "households.0",
    "households.0.timezone",
    "households.0.away.0",
    "households.0.away.0.to",
] + [
    f"households.0.{name}"
    for name in ("residents", "contacts.0", "contacts.0.channels", "contacts.0.channels.0.url", "devices.0", "devices.0.id")
]


def outcome(text: str, *, is_json: bool) -> Fleet | BadFleet:
    try:
        return read_fleet(text, is_json=is_json)
    except BadFleet as error:
        return error


@given(st.sampled_from(_PLACES), _ANYTHING)
def test_anything_anywhere_is_a_fleet_or_bad_fleet(path: str, value: Any) -> None:
    result = outcome(spoilt(path, value), is_json=True)
    assert isinstance(result, Fleet) or all(fault.startswith("line ") for fault in result.faults)


@given(st.text(max_size=60), st.booleans())
def test_any_text_is_an_empty_fleet_or_bad_fleet(text: str, is_json: bool) -> None:
    result = outcome(text, is_json=is_json)
    assert result == Fleet() or (isinstance(result, BadFleet) and result.faults)


def test_what_may_ask_is_said_and_what_cannot_is_refused() -> None:
    lamp = {"id": "lamp-1", "kind": "lamp", "codec": "zigbee2mqtt", "may_ask": True}
    home = read_fleet(spoilt("households.0.devices.0", lamp), is_json=True).households[0]
    assert [one.may_ask for one in home.devices] == [True, None]
    for kind, codec in (("lamp", "kati"), ("siren", "tasmota"), ("wristband", "kati"), ("water_meter", "zigbee2mqtt")):
        with pytest.raises(BadFleet, match=f"nobody can be asked on a {kind} through the codec {codec}"):
            read_fleet(spoilt("households.0.devices.0", lamp | {"kind": kind, "codec": codec}), is_json=True)
