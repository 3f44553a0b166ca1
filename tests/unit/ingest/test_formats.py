"""Which formats there are, on which topics, and those of installed packages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from homebeat.codecs.catalogue import CODECS
from homebeat.codecs.envelope import Format, Rebirth, Report
from homebeat.codecs.wire import Limits
from homebeat.domain.field_map import FieldMap, MappedField, MapSpec
from homebeat.domain.inbound import Message
from homebeat.domain.metric import Metric
from homebeat.ingest import formats
from homebeat.ingest.formats import Formats, find_installed, list_codec_names
from homebeat.ingest.reading import read


def open_nothing(_topic: str, _payload: bytes, _received_at: int, _limits: Limits) -> Sequence[Report]:
    return []


def make_acme() -> Format:
    return Format("acme", ("acme/+/up", "acme/+/state"), open_nothing)


#: What the format below has learned.
LEARNED: dict[str, int] = {}


def make_learner() -> Format:
    asked = [Rebirth("spBv1.0/flats/NCMD/n1", b"born?")]
    return Format("learns", ("learns/#",), open_nothing, list_learned=LEARNED.keys, take_rebirths=lambda most: asked[:most])


def make_thief() -> Format:
    return Format("thief", ("homebeat/v1/+/readings",), open_nothing)


def make_crooked() -> Format:
    return Format("crooked", ("acme/#/up",), open_nothing)


def fail() -> Format:
    raise RuntimeError("its licence has run out")


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Installs packages with these entry points, until the test ends."""

    def put(**points: str) -> None:
        found = EntryPoints(EntryPoint(name, f"{__name__}:{value}", formats.GROUP) for name, value in points.items())
        monkeypatch.setattr(formats, "entry_points", lambda group: found.select(group=group))
        find_installed.cache_clear()

    yield put
    find_installed.cache_clear()


def test_a_package_adds_a_format_by_an_entry_point(install: Callable[..., None]) -> None:
    install(acme="make_acme")
    assert find_installed().faults == ()
    assert "acme" in list_codec_names()
    assert "acme" in [one.name for one in Formats().list_all()]


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("native", "make_acme", "already"),
        ("broken", "fail", "its licence has run out"),
        ("gone", "nothing_of_this_name", "AttributeError"),
        ("other", "make_acme", "no format of its own name"),
        ("thief", "make_thief", "topics of its own"),
        ("crooked", "make_crooked", "topics of its own"),
    ],
)
def test_a_package_that_cannot_be_used_is_named_and_costs_no_other(
    install: Callable[..., None], name: str, value: str, why: str
) -> None:
    install(**{name: value, "acme": "make_acme"})
    (fault,) = find_installed().faults
    assert name in fault
    assert why in fault
    assert list(find_installed().makers) == ["acme"]


def test_what_no_device_has_and_no_setting_names_is_not_subscribed_to(install: Callable[..., None]) -> None:
    install(acme="make_acme")
    here = Formats()
    assert here.list_topics(here.list_all(), {"native"}) == ()
    assert here.list_topics(here.list_all(), {"acme"}) == ("acme/+/up", "acme/+/state")
    moved = Formats({"acme": ("site/acme/#",)})
    assert moved.list_topics(moved.list_all(), set()) == ("site/acme/#",)
    assert not moved.list_all()[-1].covers("acme/1/up")


def test_the_topics_of_a_map_are_subscribed_to_unless_they_are_already() -> None:
    def list_topics(topic: str) -> tuple[str, ...]:
        spec = MapSpec(topic, "/id", (MappedField("/v", "steps"),))
        here = Formats()
        return here.list_topics(here.list_all([FieldMap("x", spec, None, 1, 0, "user:a")]), set())

    assert list_topics("supplier/up") == ("supplier/up",)
    assert list_topics("homebeat/acme/+/up") == ()


class Broker:
    """Keeps what a watch would have subscribed to and sent."""

    def __init__(self) -> None:
        self.followed: list[tuple[str, ...]] = []
        self.sent: list[tuple[str, bytes]] = []

    def follow(self, topics: Sequence[str]) -> None:
        self.followed.append(tuple(topics))

    def publish(self, topic: str, payload: bytes) -> None:
        self.sent.append((topic, payload))


def test_what_a_format_has_learned_is_subscribed_to_once_and_covered(install: Callable[..., None]) -> None:
    install(learns="make_learner")
    here, broker = Formats(), Broker()
    formats = here.list_all(codecs={"learns"})
    here.serve(broker, formats, {"d": "learns"})  # type: ignore[arg-type]
    assert broker.followed == []
    LEARNED.update({"home/door/state": 1, "learns/a/b": 1, "homebeat/v1/x/readings": 1})
    try:
        for _ in range(2):
            here.serve(broker, formats, {"d": "learns"})  # type: ignore[arg-type]
        assert broker.followed == [("learns/#", "home/door/state")]
        assert formats[0].covers("home/door/state")
        assert not formats[0].covers("home/door")
        assert set(broker.sent) == {("spBv1.0/flats/NCMD/n1", b"born?")}
        assert here.list_topics(formats, set()) == (), "no device has it"
    finally:
        LEARNED.clear()


@pytest.mark.parametrize("topic", ["spBv1.0/g/DCMD/n/valve", "home/valve/set", "spBv1.0/g/NCMD/#", "spBv1.0/g/NCMD/n/x"])
def test_nothing_is_sent_but_to_a_sparkplug_node(topic: str) -> None:
    with pytest.raises(ValueError, match="no topic of a Sparkplug node"):
        Rebirth(topic, b"")


def test_of_two_formats_on_one_topic_that_of_the_devices_comes_first(install: Callable[..., None]) -> None:
    install(acme="make_acme", learns="make_learner")
    here = Formats()
    assert here.list_all(codecs={"learns"})[0].name == "learns"
    assert here.list_all(codecs={"acme"})[0].name == "acme"


def test_every_name_of_a_codec_may_stand_in_the_fleet_file() -> None:
    names = list_codec_names()
    assert set(CODECS) <= set(names)
    assert len(names) == len(set(names))


def test_a_map_of_a_site_reads_decoded_objects_otherwise() -> None:
    spec = MapSpec(
        "application/+/device/+/event/up",
        "level:4",
        (MappedField("/object/flow/total", "volume_m3", factor=0.01), MappedField("/object/state", "sos", when=("7",))),
    )
    formats = Formats().list_all([FieldMap("odd", spec, None, 1, 0, "user:a")])
    event = {"deviceInfo": {"devEui": "a840410000000101"}, "object": {"flow": {"total": 12_345}, "state": 7}}
    message = Message("application/a/device/a840410000000101/event/up", json.dumps(event).encode(), 1_772_352_000_000)
    intake = read([message], {"a840410000000101": 0}, formats=formats)
    assert intake.batch.metric.tolist() == [Metric.VOLUME_M3, Metric.ALARM_SOS]
    assert intake.batch.value.tolist() == [123.45, 1.0]
    assert intake.quarantined == []


def test_a_base_topic_of_several_levels_is_that_of_the_maker() -> None:
    formats = Formats({"zigbee2mqtt": ["flats/3/z2m/#", "zigbee2mqtt/#"]})
    (form,) = (one for one in formats.list_all() if one.name == "zigbee2mqtt")
    for topic in ("flats/3/z2m/hall/door", "zigbee2mqtt/hall/door"):
        assert form.covers(topic)
        assert [one.device for one in form.open(topic, b'{"contact": false}', 1_772_352_000_000, Limits())] == ["hall/door"]
    assert [one.device for one in form.open("flats/3/z2m/hall/availability", b"offline", 1, Limits())] == ["hall"]


def test_a_prefix_that_stands_elsewhere_is_no_name() -> None:
    (form,) = (one for one in Formats({"tasmota": ["flat/+/tele/SENSOR"]}).list_all() if one.name == "tasmota")
    assert form.covers("flat/meter-2/tele/SENSOR")
    reports = form.open("flat/meter-2/tele/SENSOR", b'{"COUNTER": {"C1": 3}}', 1_772_352_000_000, Limits())
    assert [one.device for one in reports] == ["meter-2/C1", "meter-2"]
