"""What is published for Home Assistant: topics, configurations of devices (MQTT discovery), states. Pure.

A configuration holds ids. Names of people and areas are in it where they are given, and only there. No payload holds a reason,
a rule or a reading. Nothing has a command topic.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from homebeat.codecs.home_assistant import ORIGIN
from homebeat.domain.alert import Priority, Queue
from homebeat.domain.as_of import AsOf
from homebeat.domain.instants import format_instant
from homebeat.store import Announcement, HomeStanding
from homebeat.wording import Wording
from homebeat.wording import home_assistant as texts

ONLINE: Final = "online"
OFFLINE: Final = "offline"
#: How often the availability is published anew, and when it runs out where it is not.
AVAILABILITY_S: Final = 60
AVAILABILITY_RUNS_OUT_S: Final = 180
#: A state runs out when it was not published for so many times `refresh`, and a minute.
_REFRESHES: Final = 2
_PLAIN: Final = re.compile(r"[A-Za-z0-9-]+")
_LONGEST_SLUG: Final = 120
_STATES: Final = ("quiet", "unknown", "active")
NO_ALERT: Final = "none"


@dataclass(frozen=True, slots=True)
class Publication:
    """One retained message; an empty payload takes it back."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class _Part:
    """An entity: of which kind, what it is called, and what else its kind needs."""

    platform: str
    text: str
    more: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Announcer:
    """Makes what is published.

    Attributes:
        broker: Where to, `host:port`.
        discovery_prefix: Of the topics of configurations.
        topic_prefix: Of the topics of states.
        refresh: How often each state is published anew.
        wording: Of the names of entities.
    """

    broker: str
    discovery_prefix: str
    topic_prefix: str
    refresh: timedelta
    wording: Wording

    @property
    def availability_topic(self) -> str:
        """Where it stands whether what is published holds."""
        return f"{self.topic_prefix}/availability"

    @property
    def config_prefix(self) -> str:
        """What the topic of each configuration begins with."""
        return f"{self.discovery_prefix}/device/{write_slug(self.topic_prefix)}-"

    def list_topics(self) -> tuple[str, ...]:
        """List the filters of everything that is published: what an account there has to be allowed."""
        return f"{self.discovery_prefix}/device/+/config", f"{self.topic_prefix}/#"

    def announce_service(self) -> tuple[Announcement, Publication]:
        """Announce homebeat itself."""
        running = _Part("binary_sensor", texts.RUNNING, {"device_class": "running", "payload_on": ONLINE, "payload_off": OFFLINE})
        return self._announce("service", "", "", {"running": running})

    def announce_area(self, area: str, name: str) -> tuple[Announcement, Publication]:
        """Announce an area; `name` is empty where it is not to be said."""
        counts = {"alerts": texts.OPEN_ALERTS, "trouble": texts.OPEN_TROUBLE}
        parts = {key: _Part("sensor", text, {"state_class": "measurement"}) for key, text in counts.items()}
        return self._announce("area", area, name, parts)

    def announce_home(self, home: str, names: str, area_name: str) -> tuple[Announcement, Publication]:
        """Announce a home; `names` of those who live there and `area_name` are empty where they are not to be said."""
        # alerts are of no class: else Home Assistant shows what is off as "safe" or "OK", also where nothing is known
        parts = {
            "alert": _Part("binary_sensor", texts.ALERT, {"icon": "mdi:account-alert"}),
            "trouble": _Part("binary_sensor", texts.TROUBLE, {"icon": "mdi:wrench-clock"}),
            "priority": _Part("sensor", texts.PRIORITY, {"device_class": "enum", "options": [*map(str, Priority), NO_ALERT]}),
            "state": _Part("sensor", texts.STATE, {"device_class": "enum", "options": sorted(_STATES)}),
            "life_at": _Part("sensor", texts.LIFE, {"device_class": "timestamp"}),
        }
        return self._announce("home", home, names, parts, {"suggested_area": area_name} if area_name else {})

    def write_home(self, home: str, standing: HomeStanding, as_of: AsOf) -> Publication:
        """Write how a home is; what is out of date is unknown."""
        has_alert = bool(standing.waiting.get(Queue.CARE))
        has_trouble = any(number for queue, number in standing.waiting.items() if queue != Queue.CARE)
        priority = NO_ALERT if standing.rank is None else next(one.value for one in Priority if one.rank == standing.rank)
        said = {
            "alert": _write_switch(is_on=has_alert),
            "trouble": _write_switch(is_on=has_trouble),
            "priority": priority,
            "state": find_home_state(standing.states, as_of),
            "life_at": None if standing.life_at is None else format_instant(standing.life_at // 1000 * 1000),
        }
        return Publication(self._find_state_topic("homes", home), _encode(said))

    def write_area(self, area: str, waiting: Mapping[str, int]) -> Publication:
        """Write what waits in an area, by queue."""
        care = waiting.get(Queue.CARE, 0)
        said = {"alerts": care, "trouble": sum(waiting.values()) - care}
        return Publication(self._find_state_topic("areas", area), _encode(said))

    def _find_state_topic(self, kind: str, ref: str) -> str:
        return f"{self.topic_prefix}/{kind}/{write_slug(ref)}/state"

    def _announce(
        self, kind: str, ref: str, name: str, parts: Mapping[str, _Part], place: Mapping[str, str] | None = None
    ) -> tuple[Announcement, Publication]:
        ident = f"{write_slug(self.topic_prefix)}-{kind}" + (f"-{write_slug(ref)}" if ref else "")
        title = " ".join(filter(None, ("homebeat", name or ref)))
        said: dict[str, Any] = {
            "device": {"identifiers": [ident], "name": title, "manufacturer": "homebeat", **(place or {})},
            "origin": {"name": ORIGIN},
            "qos": 1,
        }
        if kind == "service":  # it is itself the state whether everything else holds
            state_topic, runs_out_s = self.availability_topic, AVAILABILITY_RUNS_OUT_S
        else:
            state_topic = self._find_state_topic(f"{kind}s", ref)
            runs_out_s = round(self.refresh.total_seconds()) * _REFRESHES + 60
            said["availability"] = [{"topic": self.availability_topic}]
        said["state_topic"] = state_topic
        said["components"] = {key: self._write_part(part, ident, ref, key, runs_out_s) for key, part in parts.items()}
        payload = _encode(said)
        topic = f"{self.discovery_prefix}/device/{ident}/config"
        content = hashlib.sha256(payload).hexdigest()[:16]
        return Announcement(topic, self.broker, state_topic, kind, ref, content), Publication(topic, payload)

    def _write_part(self, part: _Part, ident: str, ref: str, key: str, runs_out_s: int) -> dict[str, Any]:
        # by the id and in English, whatever the names say. Letters of other scripts stay: Home Assistant spells them in Latin
        # ones, and without them two homes would have one id
        entity = re.sub(r"[\W_]+", "_", f"homebeat {ref} {part.text}".lower()).strip("_")
        value = {} if "payload_on" in part.more else {"value_template": f"{{{{ value_json.{key} }}}}"}
        return {
            "platform": part.platform,
            "name": self.wording.text(part.text),
            "unique_id": f"{ident}-{key}",
            "default_entity_id": f"{part.platform}.{entity}",
            "expire_after": runs_out_s,
            **value,
            **part.more,
        }


def find_home_state(states: Sequence[str], as_of: AsOf) -> str:
    """Find the state of a home: quiet where anybody is, else unknown where anybody is or nobody lives there, else active."""
    now = {as_of.find_state(state) for state in states} or {"unknown"}
    return next(state for state in _STATES if state in now)


def write_slug(text: str) -> str:
    """Write an id as one level of a topic that Home Assistant takes: two ids never give the same.

    Home Assistant takes letters, digits, `-` and `_` there. Everything else, and `_`, becomes `_` and its bytes.
    """
    found = "".join(
        one if _PLAIN.fullmatch(one) else "".join(f"_{byte:02x}" for byte in one.encode("utf-8", "surrogatepass")) for one in text
    )
    return found if len(found) <= _LONGEST_SLUG else f"_-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def _write_switch(*, is_on: bool) -> str:
    return "ON" if is_on else "OFF"


def _encode(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
