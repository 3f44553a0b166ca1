"""Home Assistant: `[home_assistant]`. Where homebeat announces alerts and states, of which homes, and what it never says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, SecretStr, StringConstraints, model_validator

from homebeat.codecs.catalogue import FORMAT_MAKERS
from homebeat.domain.field_map import covers_filter
from homebeat.settings.section import Duration, Port, Section, Texts
from homebeat.wording.language import Language

if TYPE_CHECKING:
    from homebeat.settings.model import Settings

#: Levels without wildcards, such as `homeassistant` or `site/homebeat-out`.
Prefix = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$", max_length=100)]
_OWN: Final = "homebeat"


class HomeAssistantSettings(Section):
    """What Home Assistant is told. Nothing, while `enabled` is off.

    Attributes:
        enabled: Whether it is told anything. Switched off later, what was announced is taken back.
        host: Its broker; empty for that of `[mqtt]`, with the account of `[mqtt]` where `username` is empty.
        discovery_prefix: Under which Home Assistant looks for what announces itself.
        topic_prefix: Under which the states are. Two installations at one broker need two.
        areas: Whose homes are announced, with all below.
        homes: Further homes; where neither is named, all.
        names: Whether names of residents and areas are published. Without it only ids are.
        language: Of the names of entities.
        refresh: How long it takes to publish each state once more. One that is not runs out after a little more than twice that.
    """

    enabled: bool = False
    host: str = ""
    port: Port = 1883
    username: str = ""
    password: SecretStr = SecretStr("")
    tls: bool = False
    ca_file: Path | None = None
    discovery_prefix: Prefix = "homeassistant"
    topic_prefix: Prefix = "homebeat-out"
    areas: Texts = ()
    homes: Texts = ()
    names: bool = False
    language: Language = Language.ENGLISH
    refresh: Duration = Field(default=timedelta(minutes=15), ge=timedelta(minutes=1), le=timedelta(days=1))

    @model_validator(mode="after")
    def _check_prefixes(self) -> HomeAssistantSettings:
        if self.topic_prefix.lower().split("/")[0] == _OWN:
            raise ValueError(f"topic_prefix begins with {_OWN}/, where devices speak: homebeat would hear its own states")
        if self.topic_prefix == self.discovery_prefix or self.topic_prefix.startswith(f"{self.discovery_prefix}/"):
            raise ValueError("topic_prefix lies under discovery_prefix: Home Assistant would take states for configurations")
        return self


def list_overheard(settings: Settings) -> Iterator[str]:
    """List the filters by which homebeat would hear its own states."""
    ours = [f"{settings.home_assistant.topic_prefix}/{rest}" for rest in ("availability", "homes/a/state", "areas/a/state")]
    filters = dict.fromkeys(settings.mqtt.topics)
    for name, make in FORMAT_MAKERS.items():
        filters |= dict.fromkeys(settings.mqtt.formats.get(name) or make().topics)
    for one in filters:
        if any(covers_filter(one, topic) for topic in ours):
            yield one
