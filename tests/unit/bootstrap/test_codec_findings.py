"""What `homebeat check` says of codecs that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint, EntryPoints

import pytest
from pydantic import ValidationError

from homebeat.bootstrap.codec_findings import judge_codecs
from homebeat.ingest import formats
from homebeat.settings.model import Mqtt, Settings


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installed package whose codec cannot be loaded."""
    found = EntryPoints([EntryPoint("gone", "no_such_package:make", formats.GROUP)])
    monkeypatch.setattr(formats, "entry_points", lambda group: found.select(group=group))
    formats.find_installed.cache_clear()
    yield
    formats.find_installed.cache_clear()


@pytest.mark.usefixtures("broken")
def test_a_package_that_cannot_be_loaded_is_named() -> None:
    (finding,) = judge_codecs(Settings())
    assert finding.is_wrong
    assert "gone" in str(finding)
    assert "no_such_package" in str(finding)


def test_a_format_in_the_settings_that_nobody_knows_is_named_with_those_there_are() -> None:
    settings = Settings(mqtt=Mqtt(formats={"wmbusmeter": ("meters/#",), "tasmota": ("site/tele/#",)}))
    (finding,) = judge_codecs(settings)
    assert "wmbusmeter" in str(finding)
    assert "wmbusmeters" in str(finding)


@pytest.mark.parametrize("filters", [("a/#/b",), ("a/b+",), ("",)])
def test_filters_by_which_nobody_can_subscribe_are_refused_with_the_settings(filters: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError, match="formats"):
        Mqtt(formats={"tasmota": filters})
    with pytest.raises(ValidationError, match="topics"):
        Mqtt(topics=filters)


def test_a_format_must_not_come_on_the_topics_of_our_own_form() -> None:
    with pytest.raises(ValidationError, match="own form"):
        Mqtt(formats={"tasmota": ("homebeat/#",)})
