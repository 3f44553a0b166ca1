"""Which formats there are, on which topics, and those of installed packages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from homebeat.codecs.catalogue import CODECS
from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.wire import Limits
from homebeat.domain.field_map import FieldMap, MappedField, MapSpec
from homebeat.ingest import formats
from homebeat.ingest.formats import Formats, find_installed, list_codec_names


def open_nothing(_topic: str, _payload: bytes, _received_at: int, _limits: Limits) -> Sequence[Report]:
    return []


def make_acme() -> Format:
    return Format("acme", ("acme/+/up", "acme/+/state"), open_nothing)


def make_thief() -> Format:
    return Format("thief", ("homebeat/v1/+/readings",), open_nothing)


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


def test_every_name_of_a_codec_may_stand_in_the_fleet_file() -> None:
    names = list_codec_names()
    assert set(CODECS) <= set(names)
    assert len(names) == len(set(names))
