"""Finds a call for help in a message that was refused, wholly or in part, or that uses an unknown name.

There are two kinds of findings. An alarm is unmistakable, whatever the form around it: `{"Alarm": "sos"}`, `{"sos": true}`, or
`{"alarm": "sos"` with the end missing. A word of need is one that nobody can map to an alarm: `{"alarm": 1}`, `["help"]`, `求救`.
A message that says there is no alarm (`"alarm": 0`, `"fall": false`, `"alarm": "normal"`) shows neither: ordinary firmware
sends that all the time.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from homebeat.codecs.pairs import Pair, cut_middle, read_pairs
from homebeat.domain.metric import Metric

_CARBON_MONOXIDE: Final = "carbonmonoxide"
_KINDS: Final = {"sos": Metric.ALARM_SOS, "fall": Metric.ALARM_FALL, "smoke": Metric.ALARM_SMOKE, "gas": Metric.ALARM_GAS,
                 _CARBON_MONOXIDE: Metric.ALARM_GAS}  # fmt: skip


def _split_words(*words: str) -> frozenset[str]:
    """Split lines into words."""
    return frozenset(word for line in words for word in line.split())


#: Words for somebody who needs help.
_OF_A_PERSON: Final = _split_words(
    "sos panic help emergency urgent distress mayday rescue fall fallen fell falldown falldetected mandown",
    "求救 求助 求救信号 呼救 救命 救援 紧急 紧急求助 紧急呼叫 紧急求救 一键求助 跌倒 摔倒 跌落 摔跤 跌倒报警 跌倒告警",
)
#: Words for fire and gas. A number under such a name may be a measurement.
_OF_A_DETECTOR: Final = _split_words(
    f"smoke gas fire co ch4 methane {_CARBON_MONOXIDE}",
    "一氧化碳 一氧化碳报警 一氧化碳告警",
    "烟雾 烟感 火警 火灾 着火 燃气 煤气 天然气 可燃气 燃气泄漏 烟雾报警 烟雾告警 燃气报警 燃气告警",
)
_WORDS: Final = _OF_A_PERSON | _OF_A_DETECTOR
_ALARM: Final = _split_words("alarm alarms alert alerts 报警 告警 警报 报警信息 告警信息")
#: Names whose value may say what a device is, or what happened.
_WHAT_IT_IS: Final = _split_words("type kind msgtype messagetype 类型")
#: Names whose value is the kind of an alarm or an event.
_KIND_NAMES: Final = (
    _ALARM
    | _WHAT_IT_IS
    | _split_words(
        "alarmtype alarmcode alarmkind alarmname alarmstatus alarmstate alarmevent alarminfo alarmmsg alarmvalue",
        "alerttype alertkind",
        "event events eventtype eventname eventcode eventid action warning warnings warn trigger reason status state",
        "报警类型 告警类型 报警内容 告警内容 事件 事件类型 状态",
    )
)
#: Names whose value is a text for people; a text without a name counts as one.
_SAYING: Final = _split_words(
    "msg message text content note notes desc description info remark data payload body cmd command 内容 备注 消息 说明"
) | {""}
#: Names that describe the device; a word of need there is no call for help.
_DESCRIBING: Final = _split_words(
    "model device devicetype devtype devicename product producttype productname sensor sensortype hw fw firmware version name",
    "devname manufacturer brand vendor id sn mac imei class category mode topic codec profile unit url lang tag",
)
#: Names of objects with settings and abilities; a word of need inside is no call for help.
_SETTING: Final = _split_words(
    "config configuration settings setting capabilities capability features feature supports supported functions options",
    "enable enabled thresholds",
)
_CHILDREN_OF_AN_ALARM: Final = _split_words("type code value kind name state status v level event 类型 状态")
_BESIDE: Final = _split_words("value v vb active triggered pressed flag state raised")
_AFFIXES: Final = ("alarm", "alert", "event", "button", "key", "call", "flag", "status", "state", "detected", "pressed",
                   "triggered", "active", "on", "is", "has")  # fmt: skip
_NOT_RAISED: Final = _split_words(
    "0 00 000 0000 no none false off normal ok okay well clear cleared inactive idle released null nil nan undefined na n/a - --",
    "fine disabled unknown stop stopped end ended restored standby ready good silent",
    "无 否 正常 关 关闭 解除 已解除 取消 已取消 恢复 已恢复 消除 误报 空 未报警 无报警 无告警",
) | {""}
_RAISED: Final = _split_words(
    "1 01 true on yes y t active alarm alarming alert triggered trigger pressed press detected raised set high",
    "sos fall smoke gas",
    "是 报警 告警 按下 触发 有",
)
#: Words that negate a sentence: what it names is not there, or not any more.
_NEGATING: Final = _split_words(
    "no not none off ok normal clear cleared cancel cancelled canceled cancels false ended restored disabled without"
)
_CHINESE_NEGATING: Final = ("解除", "取消", "正常", "无", "未", "没有", "恢复", "关闭", "消除", "误报")
#: Words in an alarm's text that show that the alarm is about the device itself.
_OF_THE_DEVICE: Final = re.compile(
    r"batt|power|charg|offline|online|tamper|remov|reboot|restart|shutdown|network|signal|sim\b|simcard|gps|fence|zone|leak|burst|"
    r"reverse|backflow|dry|magnet|valve|wear|worn|takeoff|step|sedentary|电量|低电|电池|断电|充电|离线|防拆|拆|信号|围栏|漏水|反流|磁|阀"
)
_CLOCK: Final = re.compile(r"[\d:.\-/+tz ]*[:\-/][\d:.\-/+tz ]*")
_BETWEEN: Final = re.compile(r"[\s,;|/+&]+")
_LONGEST_TEXT: Final = 300
_LONGEST_NAME: Final = 32
_MOST_CODE: Final = 9_999
#: A message in ASCII without any of these shows nothing.
_HINTS: Final = (
    b'sos s.o alarm alert panic help emerg urgen distress mayday rescue fall fell down smoke gas fire methane ch4 "co" monoxide '
    b"\\u % \0"
).split(b" ")
_MAYBE_BASE64: Final = re.compile(rb"(?:^|[\":=])(?!\d+\b)[A-Za-z0-9+/_-]{12,}={0,2}(?:$|[&,}\]\s]|\"(?!\s*:))")


@dataclass(frozen=True, slots=True)
class Need:
    """What a message shows of a need for help.

    Attributes:
        alarms: Alarms that are unmistakable, in order.
        words: Words of need, or names of an alarm, that map to no alarm of ours.
    """

    alarms: tuple[Metric, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def is_named(self) -> bool:
        """Whether it names the need (an SOS, a fall, smoke, help), and not only some alarm."""
        return bool(self.alarms) or not _WORDS.isdisjoint(self.words)

    def __bool__(self) -> bool:
        """Whether the message shows any need."""
        return bool(self.alarms or self.words)


NOTHING: Final = Need()


def find_need(payload: bytes, *, is_readable: bool = False) -> Need:
    """Find the need that a message shows. It never raises, and takes at most some milliseconds.

    Args:
        payload: The bytes as they came.
        is_readable: Whether the message was decoded and only some of its names are unknown. Then a word counts only where
            an alarm or a text for people is expected.
    """
    if not may_show(payload):
        return NOTHING
    alarms: dict[Metric, None] = {}
    words: dict[str, None] = {}
    pairs = read_pairs(payload)
    denied = {p.group for p in pairs if _normalise(p.name) in _BESIDE and _is_not_raised(p.value)}
    for pair in pairs:
        found = _judge_pair(pair, is_readable=is_readable)
        if found is None or (pair.group in denied and _normalise(pair.name) in _WHAT_IT_IS | {"event", "name"}):
            continue
        for one in found:
            if isinstance(one, Metric):
                alarms[one] = None
            else:
                words[one] = None
    return Need(tuple(alarms), tuple(words))


def may_show(payload: bytes) -> bool:
    """Whether a message may show a need: a cheap test for messages that are odd only by an unknown name."""
    looked_at = cut_middle(payload)
    lower = looked_at.lower()
    return not lower.isascii() or any(hint in lower for hint in _HINTS) or _MAYBE_BASE64.search(looked_at) is not None


def _judge_pair(pair: Pair, *, is_readable: bool) -> Iterable[Metric | str] | None:
    """Find the alarms and words of one value under its name; None where it shows no need, or says that there is none."""
    name, parent, value = _normalise(pair.name), _normalise(pair.parent), pair.value
    if name in _DESCRIBING | _SETTING or parent in _SETTING or _is_not_raised(value):
        return None
    of_alarm = parent in _ALARM and name in _CHILDREN_OF_AN_ALARM
    number = _parse_number(value)
    word = _FLAGS.get(name)
    if word is not None and word not in _ALARM:
        if name in {_CARBON_MONOXIDE, "一氧化碳"} and number is not None:
            return None  # so much is in the air
        return _judge_flag(word, value, number)
    if number is not None or isinstance(value, bool):
        raised = value is True or (number is not None and 0 < number <= _MOST_CODE)
        return (f"{name}: {_shorten(value)}",) if raised and (word is not None or of_alarm) else None
    text = unicodedata.normalize("NFKC", str(value)).casefold().strip()
    is_kind = name in _KIND_NAMES or of_alarm or word is not None
    kinds = [_normalise(part) for part in _BETWEEN.split(text) if part]
    if is_kind and kinds and pair.is_whole and all(kind in _KINDS for kind in kinds):
        if name in _WHAT_IT_IS and not of_alarm and not {"sos", "fall"} & set(kinds):
            return None  # it may be a smoke detector that gives its own type
        return [_KINDS[kind] for kind in kinds]
    return _find_words(name, text, is_alarm=word is not None or of_alarm, is_kind=is_kind, is_readable=is_readable)


def _find_words(name: str, text: str, *, is_alarm: bool, is_kind: bool, is_readable: bool) -> Iterable[str] | None:
    """Find words of need in a text that names no known kind of alarm."""
    if len(text) > _LONGEST_TEXT or "://" in text or _is_negated(text):
        return None
    squashed = _normalise(text)
    if is_alarm:
        # an unknown alarm counts, unless it is about the device itself or is the time of an alarm clock
        return None if not squashed or _OF_THE_DEVICE.search(text) or _CLOCK.fullmatch(text) else (f"{name}: {_shorten(text)}",)
    if name in _WHAT_IT_IS and squashed in _OF_A_DETECTOR:
        return None
    expected = is_kind or name in _SAYING
    if squashed in _WORDS and (expected or not is_readable) and not name.startswith(("last", "prev", "history", "上次")):
        return (squashed,)
    if not expected:
        return None
    if squashed in _ALARM:
        return (squashed,)
    tokens = {_normalise(token) for token in re.split(r"[^\w]+|_", text)}
    found = tuple(sorted(tokens & _WORDS - {"co", "fire"})) or tuple(w for w in _CHINESE_WORDS if w in text)
    if found and not (is_kind and _OF_THE_DEVICE.search(text)):
        return found[:3]
    return None


def _judge_flag(word: str, value: object, number: float | None) -> Iterable[Metric | str] | None:
    """Judge a value whose name is a need (`sos`, `fall_detected`): is it raised?"""
    text = unicodedata.normalize("NFKC", str(value)).casefold().strip()
    if value is True or number == 1 or text in _RAISED or _normalise(text) == word:
        return (_KINDS[word],) if word in _KINDS else (word,)
    if word in _OF_A_DETECTOR:
        return None
    return (word,) if number is not None and 1 < number < 100 else None


def _is_not_raised(value: object) -> bool:
    if value is None or value is False:
        return True
    if isinstance(value, bool | float):
        return not value or math.isnan(value)
    text = unicodedata.normalize("NFKC", str(value)).casefold().strip()
    return text in _NOT_RAISED or _parse_number(text) == 0


def _is_negated(text: str) -> bool:
    tokens = set(re.split(r"[^\w]+|_", text))
    return bool(tokens & _NEGATING) or any(word in text for word in _CHINESE_NEGATING)


def _parse_number(value: object) -> float | None:
    if isinstance(value, float):
        return value
    if isinstance(value, bool) or not isinstance(value, str) or len(value) > _LONGEST_NAME:
        return None
    try:
        return float(int(value, 16)) if value[:2].lower() == "0x" else float(value)
    except ValueError:
        return None


def _normalise(text: str) -> str:
    """Keep letters and digits only, in one case and one width."""
    if len(text) > _LONGEST_TEXT:
        return ""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def _shorten(value: object) -> str:
    return str(value)[:_LONGEST_NAME]


_AROUND_ALARM: Final = (("", ""), ("", "on"), ("", "active"), ("is", ""), ("", "triggered"), ("", "flag"))


def _list_spellings(word: str) -> list[str]:
    return [word, *(affix + word for affix in _AFFIXES), *(word + affix for affix in _AFFIXES)]


def _order_words(words: Iterable[str]) -> list[str]:
    """Order words always in the same way, short ones last: the last one wins, so that `fall_detected` is about a fall."""
    return sorted(words, key=lambda word: (-len(word), word))


#: Names that are a need by themselves, in every usual spelling: `sos`, `alarm_sos`, `isFall`, `panicButton`.
_FLAGS: Final = {
    **{f"{before}{word}{after}": word for word in _order_words(_ALARM) for before, after in _AROUND_ALARM},
    **{name: word for word in _order_words(_WORDS - {"help", "urgent", "co", "fire"}) for name in _list_spellings(word)},
    **dict.fromkeys(("help", "callhelp", "helpcall", "needhelp", "helpbutton", "helpneeded", "alarmhelp", "helpalarm"), "help"),
    **{name: word for word in ("co", "fire") for name in (f"{word}alarm", f"alarm{word}", f"{word}detected", word)},
}
_CHINESE_WORDS: Final = tuple(word for word in sorted(_WORDS | _ALARM) if not word.isascii())
