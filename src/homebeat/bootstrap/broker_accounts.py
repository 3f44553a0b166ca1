"""`homebeat fleet acl`: writes who may publish and subscribe to what, as the broker's own configuration.

By convention a device signs in with its id as its user name. So the broker itself can restrict it to its own topics.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from homebeat.bootstrap.home_assistant import make_announcer
from homebeat.bootstrap.private_files import write_private
from homebeat.codecs.catalogue import COMMANDS, FORMAT_MAKERS, PREFIX, READINGS, WILL, make_asking
from homebeat.codecs.question import Question
from homebeat.domain.errors import BadSettings
from homebeat.domain.fleet import Device
from homebeat.settings.model import Settings

BROKERS: Final = ("mosquitto", "nats")
#: homebeat's own account where the settings name none.
_OWN: Final = "homebeat"
#: What a device may publish, and what it may hear.
_WRITES: Final = (READINGS, WILL)
_READS: Final = (COMMANDS,)
_PASSWORD: Final = re.compile(r"[\x21-\x39\x3b-\x7e]{8,200}")
_FORM: Final = "a password is 8 to 200 characters of ASCII without blanks and colons"
_HEAD: Final = """\
# Made by `homebeat fleet acl --broker {broker}`. What it is, and how to use it: docs/brokers.md
# A device signs in with its id as its user name, and may publish its own readings and will and hear its own commands.
"""


@dataclass(frozen=True, slots=True)
class OwnRights:
    """What homebeat's own account needs besides: for messages of other formats, to ask residents, to announce to Home Assistant.

    Attributes:
        writes: Topics on which devices hear commands, and on which homebeat announces.
        reads: Topics on which messages of other formats come, and on which the devices answer.
    """

    writes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()


NO_MORE_RIGHTS: Final = OwnRights()


def write_accounts(
    settings: Settings,
    broker: str,
    devices: Sequence[str],
    out: Path | None,
    passwords: Path | None,
    chance: Callable[[], str],
    asking: Sequence[Device] = (),
    of_formats: OwnRights = NO_MORE_RIGHTS,
) -> int:
    """Write the permissions, and make missing passwords.

    Args:
        settings: Whose topics and account are homebeat's own.
        broker: One of `BROKERS`.
        devices: Ids of the fleet's devices.
        out: Where to; None for standard output.
        passwords: A file of `name:password` lines; what is missing in it is added.
        chance: Makes a password.
        asking: The devices on which residents may be asked.
        of_formats: Where messages of other formats come, and where their senders are asked.

    Raises:
        BadSettings: A password file cannot be used, NATS has no passwords, or a device has homebeat's own name.
    """
    own = settings.mqtt.username or _OWN
    if own in devices:
        raise BadSettings(f"mqtt.username is {own!r}, and so is the id of a device: give homebeat an account of its own")
    known = _complete_passwords(passwords, settings, [own, *devices], chance) if passwords is not None else {}
    rights = find_asking_rights(asking, settings.mqtt.formats)
    rights = OwnRights(
        (*rights.writes, *of_formats.writes, *_list_announcing_topics(settings, own)), (*of_formats.reads, *rights.reads)
    )
    if broker == "mosquitto":
        _warn_of_colons(devices)
        text = write_mosquitto_acl(settings.mqtt.topics, own, rights)
    elif passwords is not None:
        text = write_nats_users(settings.mqtt.topics, own, devices, known, rights)
    else:
        raise BadSettings(
            "NATS keeps accounts and permissions in one file: name the passwords with --passwords FILE "
            "(lines of name:password; it is made, and completed for those who have none)"
        )
    if out is None:
        print(text, end="")
    else:
        write_private(out, text)
        print(f"wrote {out} for {len(devices)} devices; the broker's user must be able to read it", file=sys.stderr)
    return 0


def find_asking_rights(asking: Iterable[Device], formats: Mapping[str, Sequence[str]]) -> OwnRights:
    """Find on which topics devices of other forms are asked, and answer: these alone, one by one. What cannot be asked is said.

    Args:
        asking: The devices on which residents may be asked.
        formats: On which topics messages of other formats come, where those are not their makers' own.
    """
    writes, reads = dict[str, None](), dict[str, None]()
    for device in asking:
        codec = device.codec or ""
        question = Question(device.id, device.kind, device.address, {}, tuple(formats.get(codec, ())))
        if codec not in FORMAT_MAKERS:
            continue  # the commands of our own form are everybody's
        try:
            found = make_asking(codec, question)
        except ValueError as fault:
            print(f"nobody can be asked on {device.id}: {fault}", file=sys.stderr)
            continue
        writes |= dict.fromkeys(one.topic for one in found.commands)
        reads |= dict.fromkeys(found.listens)
    return OwnRights(tuple(writes), tuple(reads))


def write_mosquitto_acl(topics: Iterable[str], own: str, more: OwnRights = NO_MORE_RIGHTS) -> str:
    """Write Mosquitto's `acl_file`. One pattern serves every device, so that a new device needs only a password."""
    lines = [_HEAD.format(broker="mosquitto"), f"user {own}"]
    lines += [f"topic read {topic}" for topic in dict.fromkeys((*_list_our_topics(topics), *more.reads))]
    lines += [f"topic write {topic}" for topic in more.writes]
    lines += [f"topic write {PREFIX}+{COMMANDS}", "", "# every device, by its user name"]
    lines += [f"pattern write {PREFIX}%u{ending}" for ending in _WRITES]
    lines += [f"pattern read {PREFIX}%u{ending}" for ending in _READS]
    return "\n".join(lines) + "\n"


def write_nats_users(
    topics: Iterable[str], own: str, devices: Iterable[str], passwords: Mapping[str, str], more: OwnRights = NO_MORE_RIGHTS
) -> str:
    """Write an `authorization` block for NATS, with one user for each device: NATS has no pattern for the user's own name."""
    us = {
        "publish": [convert_to_nats_subject(topic) for topic in (f"{PREFIX}+{COMMANDS}", *_drop_blank(more.writes))],
        "subscribe": [
            subject
            for topic in dict.fromkeys((*_list_our_topics(topics), *_drop_blank(more.reads)))
            for subject in _list_nats_subscriptions(topic)
        ],
    }
    lines = [_HEAD.format(broker="nats") + "authorization {", "  users: [", f"    {_write_nats_user(own, passwords[own], us)}"]
    for device in devices:
        may = {
            "publish": [convert_to_nats_subject(f"{PREFIX}{device}{ending}") for ending in _WRITES],
            "subscribe": [convert_to_nats_subject(f"{PREFIX}{device}{ending}") for ending in _READS],
        }
        lines.append(f"    {_write_nats_user(device, passwords[device], may)}")
    return "\n".join([*lines, "  ]", "}"]) + "\n"


def _drop_blank(topics: Iterable[str]) -> list[str]:
    """Drop topics with a blank, which NATS takes for no topic."""
    return [topic for topic in topics if " " not in topic]


def convert_to_nats_subject(topic: str) -> str:
    """Convert an MQTT topic or filter to NATS: dots between levels, `*` and `>`, a dot inside a level as `//`."""
    levels = {"+": "*", "#": ">", "": "/"}
    return ".".join(levels.get(level, level.replace(".", "//")) for level in topic.split("/"))


def _list_nats_subscriptions(topic: str) -> Iterator[str]:
    yield convert_to_nats_subject(topic)
    if topic.endswith("/#"):  # in MQTT it covers the level above as well; NATS subscribes to both
        yield convert_to_nats_subject(topic.removesuffix("/#"))


def _write_nats_user(name: str, password: str, permissions: Mapping[str, Sequence[str]]) -> str:
    return f"{{ user: {json.dumps(name)}, password: {json.dumps(password)}, permissions: {json.dumps(permissions)} }}"


def _list_announcing_topics(settings: Settings, own: str) -> tuple[str, ...]:
    """List what homebeat's account publishes for Home Assistant; nothing where that is at another broker, or in another name."""
    h = settings.home_assistant
    if not h.enabled or h.host or (h.username or own) != own:
        return ()
    return make_announcer(settings).list_topics()


def _warn_of_colons(devices: Sequence[str]) -> None:
    """In Mosquitto's password file a name ends at the first colon."""
    some = [device for device in devices if ":" in device]
    if some:
        print(
            f"{len(some)} devices have a colon in their id ({some[0]}): Mosquitto's password file cannot hold them",
            file=sys.stderr,
        )


def _list_our_topics(topics: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*topics, f"{PREFIX}+{WILL}"]))


def _complete_passwords(file: Path, settings: Settings, names: Sequence[str], chance: Callable[[], str]) -> dict[str, str]:
    """Read the passwords of the file, and make the missing ones; homebeat's own is that of the settings."""
    known = _read_passwords(file)
    given = settings.mqtt.password.get_secret_value()
    fresh = {name: chance() for name in names if name not in known}
    if given:
        if not _PASSWORD.fullmatch(given):
            raise BadSettings(f"mqtt.password cannot stand in {file}: {_FORM}")
        fresh[names[0]] = given
    complete = known | fresh
    if complete != known:
        write_private(file, "".join(f"{name}:{password}\n" for name, password in complete.items()))
        print(f"{file} has {len(complete)} accounts, {len(complete.keys() - known.keys())} of them new", file=sys.stderr)
    return complete


def _read_passwords(file: Path) -> dict[str, str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    except OSError as error:
        raise BadSettings(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadSettings(f"{file}: cannot be read: it is not text in UTF-8") from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        name, _, password = line.rpartition(":")
        if not line.strip():
            continue
        if not name or not _PASSWORD.fullmatch(password):
            raise BadSettings(f"{file} line {number}: write name:password; {_FORM}")
        if password.startswith(("$7$", "$6$")):
            raise BadSettings(f"{file} line {number}: is hashed by mosquitto_passwd; keep the plain file, and hash a copy")
        found[name] = password
    return found
