"""The kinds of channel: the parameters and needs of each. A kind is one entry here, a file in `deliver/channels`, and a name.

The fleet file, the settings, the pages and the deliverer read this catalogue.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from homebeat.domain.apprise_address import find_apprise_fault, find_apprise_server
from homebeat.domain.fleet import Channel
from homebeat.domain.http_template import (
    find_codes_fault,
    find_headers_fault,
    find_method_fault,
    find_success_fault,
    find_template_fault,
)
from homebeat.domain.notice import COMMAND
from homebeat.domain.phone import is_chinese, is_chinese_mobile, make_e164

WEBHOOK: Final = "webhook"
WECOM_ROBOT: Final = "wecom_robot"
DINGTALK_ROBOT: Final = "dingtalk_robot"
FEISHU_ROBOT: Final = "feishu_robot"
ROBOT: Final = "robot"
EMAIL: Final = "email"
SMS: Final = "sms"
VOICE: Final = "voice"
WECOM_APP: Final = "wecom_app"
APPRISE: Final = "apprise"
#: The event of a message that somebody sends to see whether a channel works. It is about no alert.
TEST_EVENT: Final = "channel.test"
#: A signing secret is this and base64 of so many bytes (Standard Webhooks).
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 -- what every secret begins with is none
SECRET_BYTES: Final = range(24, 65)
_MADE_BYTES: Final = 32
_WEB_ADDRESS: Final = re.compile(r"(?i:https?)://(?:\[[0-9A-Fa-f:.]+\]|[^\s/?#@\\:\[\]]+)(?::([0-9]{0,5}))?(?:[/?#][^\s\\]*)?")
_HIGHEST_PORT: Final = 65_535
_MAIL_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,200}[A-Za-z0-9])?"
)
_MEMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
_ROBOT_SECRET: Final = re.compile(r"[!-~]{10,100}")


class Reached(StrEnum):
    """Whom a kind of channel reaches."""

    CONTACT = "contact"
    DEVICE = "device"


class ChannelNeed(StrEnum):
    """What a kind of channel cannot work without: the section of the settings that configures it."""

    EGRESS = "egress"
    MQTT = "mqtt"
    EMAIL = "channels.email"
    SMS = "channels.sms"
    VOICE = "channels.voice"
    WECOM_APP = "channels.wecom_app"
    APPRISE = "channels.apprise"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One text that a channel needs, as the fleet file names it.

    Attributes:
        longest: In characters.
        find_fault: Returns why a text is not valid; empty when it is.
    """

    name: str
    longest: int
    find_fault: Callable[[str], str]
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class SendLimit:
    """How many messages a provider takes to one address.

    Attributes:
        most: In any span of `within_s` seconds.
        kept: How many of these only urgent messages may use, so that one that cannot wait finds room.
    """

    most: int
    within_s: int
    kept: int = 0


@dataclass(frozen=True, slots=True)
class AccountLimit:
    """How many messages one account takes, whoever they go to.

    Attributes:
        account: What the account is known by; no secret.
    """

    account: str
    limits: tuple[SendLimit, ...]


#: No provider's limit counts for longer, seconds.
LONGEST_LIMIT_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """One kind of channel.

    Attributes:
        kind: Its name in the fleet file, the outbox and the API.
        address: The parameter with the address: no two channels of one contact share it.
        secret: The parameter with the signing secret, which is made if the fleet file gives none; empty for none.
        needs: With `EGRESS`, the policy for outgoing calls decides whether `address` may be called.
        limits: How often its provider takes something for one address.
        tells_end: Whether people are told that way that an alert is closed. Not by calls: a provider lets few through, and the
            next alert may need one.
        is_provable: Whether that a message was taken says anything of whether it arrived. A plan does not end with a channel of
            which that is not so.
    """

    kind: str
    receiver: Reached
    parameters: tuple[Parameter, ...] = ()
    address: str = ""
    secret: str = ""
    needs: frozenset[ChannelNeed] = frozenset()
    limits: tuple[SendLimit, ...] = ()
    tells_end: bool = True
    is_provable: bool = True


def find_address_fault(text: str) -> str:
    """Find why a text is no web address; empty when it is one."""
    found = _WEB_ADDRESS.fullmatch(text)
    is_address = found is not None and int(found[1] or 0) <= _HIGHEST_PORT
    return "" if is_address else "is not a web address (https://host/path) without user name and password"


def find_secret_fault(text: str) -> str:
    """Find why a text is no signing secret; empty when it is one."""
    try:
        size = len(base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True))
    except (binascii.Error, ValueError):
        size = 0
    is_secret = text.startswith(SECRET_PREFIX) and size in SECRET_BYTES
    return "" if is_secret else "is not whsec_ and 24 to 64 bytes in base64; leave it out to have one made"


def make_secret(chance: Callable[[int], bytes]) -> str:
    """Make a new signing secret; `chance(n)` returns n secret bytes."""
    return SECRET_PREFIX + base64.b64encode(chance(_MADE_BYTES)).decode()


def find_mail_fault(text: str) -> str:
    """Find why a text is no mail address; empty when it is one in ASCII, as every mail server takes it."""
    return "" if _MAIL_ADDRESS.fullmatch(text) else "is not a mail address (name@host) in plain letters"


def find_number_fault(text: str) -> str:
    """Find why a text is no number that can be called from anywhere; empty when it is one."""
    if make_e164(text):
        return ""
    return "is not a telephone number with its country code, as in +86 139-0000-0001; an extension cannot be called"


def find_mobile_fault(text: str) -> str:
    """Find why a text is no number that takes text messages; empty when it may be one."""
    number = make_e164(text)
    if number and is_chinese(number) and not is_chinese_mobile(number):
        return "is not a mobile number: only those take text messages"
    return find_number_fault(text)


def find_member_fault(text: str) -> str:
    """Find why a text is no member of a company in WeCom; empty when it may be one. `@all` is none: it would be everybody."""
    return "" if _MEMBER.fullmatch(text) else "is not the account of one member in WeCom"


def find_robot_secret_fault(text: str) -> str:
    """Find why a text is no secret of a robot; empty when it may be one. The robot's maker gives it, not homebeat."""
    return "" if _ROBOT_SECRET.fullmatch(text) else "is not the robot's secret: 10 to 100 characters without blanks"


def find_robot_address_fault(text: str) -> str:
    """Find why a text is no address of a robot, perhaps with placeholders after its host; empty when it is one."""
    if "{" in text.split("://", 1)[-1].split("/", 1)[0]:
        return "has a placeholder in its host: which server is called may not depend on the message"
    return find_address_fault(text) or find_template_fault(text)


_ROBOT_ADDRESS: Final = Parameter("url", 2_000, find_address_fault)
_ROBOT_SECRET_PARAMETER: Final = Parameter("secret", 100, find_robot_secret_fault, is_required=False)


def _make_robot(kind: str, *parameters: Parameter, limits: tuple[SendLimit, ...] = ()) -> ChannelSpec:
    return ChannelSpec(kind, Reached.CONTACT, parameters, address="url", needs=frozenset({ChannelNeed.EGRESS}), limits=limits)


_SPECS: Final = (
    ChannelSpec(
        kind=WEBHOOK,
        receiver=Reached.CONTACT,
        parameters=(
            Parameter("url", 2_000, find_address_fault),
            Parameter("secret", 200, find_secret_fault, is_required=False),
            Parameter("next_secret", 200, find_secret_fault, is_required=False),
        ),
        address="url",
        secret="secret",  # noqa: S106 -- the name of a parameter
        needs=frozenset({ChannelNeed.EGRESS}),
    ),
    _make_robot(WECOM_ROBOT, _ROBOT_ADDRESS, limits=(SendLimit(20, 60, kept=5),)),
    _make_robot(DINGTALK_ROBOT, _ROBOT_ADDRESS, _ROBOT_SECRET_PARAMETER, limits=(SendLimit(20, 60, kept=5),)),
    _make_robot(
        FEISHU_ROBOT, _ROBOT_ADDRESS, _ROBOT_SECRET_PARAMETER, limits=(SendLimit(5, 1, kept=1), SendLimit(100, 60, kept=25))
    ),
    _make_robot(
        ROBOT,
        Parameter("url", 2_000, find_robot_address_fault),
        Parameter("method", 10, find_method_fault, is_required=False),
        Parameter("headers", 4_000, find_headers_fault, is_required=False),
        Parameter("body", 4_000, find_template_fault, is_required=False),
        Parameter("success", 200, find_success_fault),
        Parameter("retry", 1_000, find_codes_fault, is_required=False),
        Parameter("final", 1_000, find_codes_fault, is_required=False),
    ),
    ChannelSpec(
        kind=EMAIL,
        receiver=Reached.CONTACT,
        parameters=(Parameter("address", 254, find_mail_fault),),
        address="address",
        needs=frozenset({ChannelNeed.EMAIL}),
    ),
    ChannelSpec(
        kind=SMS,
        receiver=Reached.CONTACT,
        parameters=(Parameter("phone", 40, find_mobile_fault),),
        address="phone",
        needs=frozenset({ChannelNeed.SMS}),
        limits=(SendLimit(1, 30), SendLimit(50, 86_400, kept=20)),
    ),
    ChannelSpec(
        kind=VOICE,
        receiver=Reached.CONTACT,
        parameters=(Parameter("phone", 40, find_number_fault),),
        address="phone",
        needs=frozenset({ChannelNeed.VOICE}),
        limits=(SendLimit(1, 60), SendLimit(5, 3_600, kept=2), SendLimit(20, 86_400, kept=10)),
        tells_end=False,
    ),
    ChannelSpec(
        kind=WECOM_APP,
        receiver=Reached.CONTACT,
        parameters=(Parameter("user", 64, find_member_fault),),
        address="user",
        needs=frozenset({ChannelNeed.WECOM_APP}),
        limits=(SendLimit(30, 60, kept=10), SendLimit(1_000, 3_600, kept=100)),
    ),
    ChannelSpec(
        kind=APPRISE,
        receiver=Reached.CONTACT,
        parameters=(Parameter("url", 2_000, find_apprise_fault),),
        address="url",
        needs=frozenset({ChannelNeed.EGRESS, ChannelNeed.APPRISE}),
        is_provable=False,
    ),
    ChannelSpec(kind=COMMAND, receiver=Reached.DEVICE, needs=frozenset({ChannelNeed.MQTT})),
)
CHANNELS: Final[Mapping[str, ChannelSpec]] = {spec.kind: spec for spec in _SPECS}
#: What the fleet file may give a contact.
CONTACT_CHANNELS: Final = tuple(spec.kind for spec in _SPECS if spec.receiver is Reached.CONTACT)


def is_for_contact(kind: str) -> bool:
    """Whether a kind of channel reaches people; an unknown kind counts as one that does."""
    spec = CHANNELS.get(kind)
    return spec is None or spec.receiver is Reached.CONTACT


def get_address(kind: str, params: Mapping[str, str]) -> str:
    """Get the address of a channel; empty if its kind has no address, or is unknown."""
    spec = CHANNELS.get(kind)
    return params.get(spec.address, "") if spec is not None else ""


def get_called_address(channel: Channel) -> str:
    """Get the address that will be called over the network; empty if the channel calls none."""
    spec = CHANNELS.get(channel.kind)
    if spec is None or ChannelNeed.EGRESS not in spec.needs:
        return ""
    address = get_address(channel.kind, channel.params)
    return find_apprise_server(address) if channel.kind == APPRISE else address


def is_provable(kind: str) -> bool:
    """Whether a message that this kind of channel has taken counts as arrived, at once or by a receipt; an unknown kind does."""
    spec = CHANNELS.get(kind)
    return spec is None or spec.is_provable


def list_needs(channel: Channel) -> frozenset[ChannelNeed]:
    """List the sections of the settings that a channel cannot work without."""
    spec = CHANNELS.get(channel.kind)
    return spec.needs if spec is not None else frozenset()


def get_limits(kind: str) -> tuple[SendLimit, ...]:
    """Get how often a kind of channel may send to one address; empty where nobody counts."""
    spec = CHANNELS.get(kind)
    return spec.limits if spec is not None else ()


def tells_end(kind: str) -> bool:
    """Whether a kind of channel tells that an alert is closed; an unknown kind counts as one that does."""
    spec = CHANNELS.get(kind)
    return spec is None or spec.tells_end
