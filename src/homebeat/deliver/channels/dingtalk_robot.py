"""The DingTalk group robot: one text into a group chat, signed in the address where the robot has a secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Final
from urllib.parse import urlencode

from homebeat.deliver.message import is_critical, write_message
from homebeat.deliver.ports import NO_CHANNEL, Receipt
from homebeat.deliver.poster import HttpAnswer, HttpCall, Poster
from homebeat.deliver.provider import OK, CodeTable, ask_provider, judge_by_code, mean_busy, mean_final, mean_limit, read_member
from homebeat.store import Leased

_HEADERS: Final = {"content-type": "application/json; charset=utf-8"}
#: After more than 20 messages in a minute the robot is blocked for ten.
_BLOCKED_S: Final = 600.0
CODES: Final[CodeTable] = {
    "0": OK,
    "-1": mean_busy(),
    "130101": mean_limit("more than 20 messages in a minute", _BLOCKED_S),
    "410100": mean_limit("more than 20 messages in a minute", _BLOCKED_S),
    "90030": mean_limit(),
    "310000": mean_final(
        "signature, keyword or address refused: give the robot's secret in the fleet file, take `homebeat` as its keyword, let "
        "it take messages from this machine's address, and look whether this machine's clock is right"
    ),
    "400013": mean_final("the group is no more: make a robot in another one"),
    "400101": mean_final("the access token in the robot's address is not valid: take its address from the group again"),
    "400102": mean_final("the robot is switched off: switch it on in the group"),
    "400105": mean_final("it does not know this type of message: report it, this is a defect of homebeat"),
    "400106": mean_final("the robot is no more: make another one"),
    "430101": mean_final("it takes the link for a dangerous one: let its administrators allow the address of homebeat"),
    "460101": mean_final("the message is too long: report it, this is a defect of homebeat"),
}


class DingtalkRobotChannel:
    """Posts to `channel_params["url"]`, signed with `channel_params["secret"]`. A critical alert mentions everybody."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    def close(self) -> None:
        """Nothing stays open between attempts."""

    def send(self, notice: Leased, now: int) -> Receipt:
        """Make one attempt; success is `errcode` 0 in the body."""
        if notice.channel_params is None:
            return NO_CHANNEL
        message = {"msgtype": "text", "text": {"content": write_message(notice).text}, "at": {"isAtAll": is_critical(notice)}}
        url = sign_address(notice.channel_params.get("url", ""), notice.channel_params.get("secret", ""), now)
        return ask_provider(self._poster, HttpCall(url, json.dumps(message, ensure_ascii=False).encode(), _HEADERS), now, _judge)


def sign_address(url: str, secret: str, now: int) -> str:
    """Add time and signature to a robot's address; without a secret it stays as it is. `now` is epoch ms."""
    if not secret:
        return url
    mac = hmac.digest(secret.encode(), f"{now}\n{secret}".encode(), hashlib.sha256)
    return f"{url}{'&' if '?' in url else '?'}{urlencode({'timestamp': now, 'sign': base64.b64encode(mac).decode()})}"


def _judge(answer: HttpAnswer) -> Receipt:
    return judge_by_code(answer, CODES, _read_code)


def _read_code(body: object) -> object:
    return read_member(body, "errcode")
