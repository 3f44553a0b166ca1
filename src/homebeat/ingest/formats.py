"""The formats that a watch reads: those of homebeat, of installed packages, and of the maps of fields.

A package adds a format by an entry point of the group `homebeat.codecs`: its name is that of the format, and what it names is a
function that takes nothing and makes a `codecs.envelope.Format`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import entry_points
from typing import Final

from homebeat.codecs.catalogue import CODECS, FORMAT_MAKERS, SUBSCRIPTIONS
from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.mapped import make_format
from homebeat.codecs.wire import Limits
from homebeat.domain.cloud import find_cloud
from homebeat.domain.field_map import FieldMap, covers_filter, find_filter_fault
from homebeat.ingest.source import Source

GROUP: Final = "homebeat.codecs"
_LONGEST_FAULT: Final = 200
#: So many Sparkplug nodes are asked for their births in one tick: each answers with all that it has.
_REBIRTHS: Final = 20


@dataclass(frozen=True, slots=True)
class Installed:
    """The formats of installed packages.

    Attributes:
        makers: By name.
        faults: What is wrong with those that cannot be used, one line each.
    """

    makers: Mapping[str, Callable[[], Format]] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


@cache
def find_installed() -> Installed:
    """Find the formats of installed packages. One that cannot be loaded costs no other."""
    makers: dict[str, Callable[[], Format]] = {}
    faults: list[str] = []
    for one in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            if one.name in CODECS or one.name in FORMAT_MAKERS or one.name in makers:
                raise ValueError("there is a codec of this name already")  # noqa: TRY301 -- told with the package's own faults
            maker = one.load()
            made = maker()
            if (
                not isinstance(made, Format)
                or made.name != one.name
                or not made.topics
                or any(map(find_filter_fault, made.topics))
            ):
                raise TypeError("it makes no format of its own name, with topics of its own")  # noqa: TRY301 -- as above
        # The fence round one package: code of a stranger may raise anything. `homebeat check` and the log of each start say what.
        except Exception as error:  # noqa: BLE001
            faults.append(f"codec {one.name} of {one.value}: {type(error).__name__}: {error}"[:_LONGEST_FAULT])
        else:
            makers[one.name] = maker
    return Installed(makers, tuple(faults))


def list_codec_names() -> list[str]:
    """List what a device may name as its `codec`; maps of fields come beside these."""
    return [*CODECS, *FORMAT_MAKERS, *find_installed().makers]


def _move(form: Format, topics: Sequence[str]) -> Format:
    """Make a format that comes on other topics. One whose topic is all below a base finds its own base in place of another."""
    moved = replace(form, topics=tuple(topics))
    own = form.topics[0].removesuffix("/#")
    bases = [topic.removesuffix("/#") for topic in topics if topic.endswith("/#") and not {"+", "#"}.intersection(topic[:-1])]
    if len(form.topics) > 1 or not form.topics[0].endswith("/#") or not bases:
        return moved
    open_message = form.open

    def open_below(topic: str, payload: bytes, received_at: int, limits: Limits) -> Sequence[Report]:
        base = next((one for one in bases if topic.startswith(f"{one}/")), None)
        return open_message(topic if base is None else own + topic[len(base) :], payload, received_at, limits)

    return replace(moved, open=open_below)


class Formats:
    """The formats of one watch or one replay, each made once: some remember what came before, such as births.

    Args:
        topics: By the name of a format, the filters on which it comes here; its own where none are given.
        subscribed: What is subscribed to already.
    """

    def __init__(self, topics: Mapping[str, Sequence[str]] | None = None, subscribed: Sequence[str] = SUBSCRIPTIONS) -> None:
        self._chosen, self._subscribed = dict(topics or {}), tuple(subscribed)
        makers = {**FORMAT_MAKERS, **find_installed().makers}
        made = {name: make() for name, make in makers.items()}
        self._made = tuple(_move(one, self._chosen[name]) if name in self._chosen else one for name, one in made.items())
        self._learned: list[str] = []

    def list_all(self, maps: Iterable[FieldMap] = (), codecs: Collection[str] = ()) -> tuple[Format, ...]:
        """List what reads messages that name their devices themselves.

        A map, which somebody made for a site, comes first. Then come formats that devices have: two may cover one topic.
        """
        made = sorted(self._made, key=lambda one: one.name not in codecs)
        return (*(make_format(one.name, one.spec) for one in maps if one.spec is not None), *made)

    def list_topics(self, formats: Sequence[Format], codecs: Collection[str]) -> tuple[str, ...]:
        """List the filters to subscribe to beside those of the settings, and the topics that these formats have learned.

        What clouds push comes by no broker.

        Args:
            formats: What `list_all` gave.
            codecs: The names of codecs that devices have. What no device has, and no setting names, is not subscribed to.
        """
        found: list[str] = []
        own = {made.name for made in self._made}
        used = [one for one in formats if one.name in codecs or one.name in self._chosen or one.name not in own]
        for one in used:
            found += [topic for topic in one.topics if find_cloud(topic) is None and not self._covers(topic, found)]
        learned = dict.fromkeys(topic for one in used for topic in one.list_learned())
        return (*found, *(topic for topic in learned if not self._covers(topic, found)))

    def list_new(self, formats: Sequence[Format]) -> list[str]:
        """List the topics that formats have learned from messages since the last `serve`."""
        known = frozenset(self._learned)
        return [topic for one in formats for topic in one.list_learned() if topic not in known]

    def serve(self, source: Source, formats: Sequence[Format], codecs: Mapping[str, str]) -> None:
        """Subscribe to the topics that formats have learned from messages, and ask for the births that they miss.

        Args:
            source: Where messages come from.
            formats: What `list_all` gave.
            codecs: Codec name by device id, where the fleet names one.
        """
        learned = [topic for one in formats for topic in one.list_learned()]
        if learned != self._learned:
            self._learned = learned
            source.follow(self.list_topics(formats, frozenset(codecs.values())))
        for one in formats:
            for rebirth in one.take_rebirths(_REBIRTHS):
                source.publish(rebirth.topic, rebirth.payload)

    def _covers(self, topic: str, found: Sequence[str]) -> bool:
        """Whether a filter is subscribed to: a broker may deliver twice what two filters cover."""
        return any(covers_filter(one, topic) for one in (*self._subscribed, *found))
