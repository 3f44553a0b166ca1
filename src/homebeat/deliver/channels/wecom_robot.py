"""The WeCom group robot (developer.work.weixin.qq.com/document/path/91770): one text into a group chat."""

from __future__ import annotations

import json
from typing import Final

from homebeat.deliver.message import is_critical, write_message
from homebeat.deliver.ports import NO_CHANNEL, Receipt
from homebeat.deliver.poster import HttpAnswer, HttpCall, Poster
from homebeat.deliver.provider import OK, CodeTable, ask_provider, judge_by_code, mean_busy, mean_final, mean_limit, read_member
from homebeat.store import Leased

_HEADERS: Final = {"content-type": "application/json; charset=utf-8"}
CODES: Final[CodeTable] = {
    "0": OK,
    "-1": mean_busy(),
    "45009": mean_limit(),
    "45033": mean_limit("too many calls at the same time"),
    "40008": mean_final("it does not know this type of message: report it, this is a defect of homebeat"),
    "40058": mean_final("a field has a form that it does not take: report it, this is a defect of homebeat"),
    "45002": mean_final("the message is too long: report it, this is a defect of homebeat"),
    "93000": mean_final("the key in the robot's address is not valid: take its address from the group again"),
    "93008": mean_final("the robot is not in the group any more: make another one"),
}


class WecomRobotChannel:
    """Posts to `channel_params["url"]`, which holds the robot's key. A critical alert mentions everybody in the group."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    def close(self) -> None:
        """Nothing stays open between attempts."""

    def send(self, notice: Leased, now: int) -> Receipt:
        """Make one attempt; success is `errcode` 0 in the body."""
        if notice.channel_params is None:
            return NO_CHANNEL
        text: dict[str, object] = {"content": write_message(notice).text}
        if is_critical(notice):
            text["mentioned_list"] = ["@all"]
        body = json.dumps({"msgtype": "text", "text": text}, ensure_ascii=False).encode()
        return ask_provider(self._poster, HttpCall(notice.channel_params.get("url", ""), body, _HEADERS), now, _judge)


def _judge(answer: HttpAnswer) -> Receipt:
    return judge_by_code(answer, CODES, _read_code)


def _read_code(body: object) -> object:
    return read_member(body, "errcode")
