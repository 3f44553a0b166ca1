"""The Feishu group robot: one text into a group chat, signed in the body where the robot has a secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Final

from homebeat.deliver.message import write_message
from homebeat.deliver.ports import NO_CHANNEL, Receipt
from homebeat.deliver.poster import HttpAnswer, HttpCall, Poster
from homebeat.deliver.provider import OK, CodeTable, ask_provider, judge_by_code, mean_final, mean_limit, read_member
from homebeat.store import Leased

_HEADERS: Final = {"content-type": "application/json; charset=utf-8"}
CODES: Final[CodeTable] = {
    "0": OK,
    "11232": mean_limit(),
    "9499": mean_final("the request has a form that it does not take: report it, this is a defect of homebeat"),
    "19001": mean_final("the robot's address is not valid: take it from the group again"),
    "19021": mean_final(
        "signature or time refused: give the robot's secret in the fleet file, and look whether this machine's clock is right"
    ),
    "19022": mean_final("this machine's address is not on the robot's list: enter it there"),
    "19024": mean_final("a keyword is missing: take `homebeat` as the robot's keyword"),
}


class FeishuRobotChannel:
    """Posts to `channel_params["url"]`, signed with `channel_params["secret"]`."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    def close(self) -> None:
        """Nothing stays open between attempts."""

    def send(self, notice: Leased, now: int) -> Receipt:
        """Make one attempt; success is `code` 0 in the body, or `StatusCode` 0 where an older server says only that."""
        if notice.channel_params is None:
            return NO_CHANNEL
        message: dict[str, object] = {"msg_type": "text", "content": {"text": write_message(notice).text}}
        if secret := notice.channel_params.get("secret", ""):
            message |= sign_time(secret, now)
        body = json.dumps(message, ensure_ascii=False).encode()
        return ask_provider(self._poster, HttpCall(notice.channel_params.get("url", ""), body, _HEADERS), now, _judge)


def sign_time(secret: str, now: int) -> dict[str, str]:
    """Sign the time, in whole seconds: it is part of the key, and the signed message is empty. `now` is epoch ms."""
    at = now // 1000
    mac = hmac.digest(f"{at}\n{secret}".encode(), b"", hashlib.sha256)
    return {"timestamp": str(at), "sign": base64.b64encode(mac).decode()}


def _judge(answer: HttpAnswer) -> Receipt:
    return judge_by_code(answer, CODES, _read_code)


def _read_code(body: object) -> object:
    code = read_member(body, "code")
    return read_member(body, "StatusCode") if code is None else code
