"""`Wording`: all texts for one reader. No method raises on a code, parameter or time zone that it does not know."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from homebeat.domain.alert import Reason
from homebeat.domain.silence import WORK_UNTIL
from homebeat.wording import device_names, guides, names
from homebeat.wording.amounts import write_clock, write_day, write_duration, write_moment, write_number
from homebeat.wording.catalogue import load_translations
from homebeat.wording.language import DEFAULT_LANGUAGE, Language, match_language
from homebeat.wording.sentences import (
    HELD,
    MAINTAINED,
    NEARNESS,
    NOBODY_STANDS_IN,
    NOT_GIVEN,
    OUTAGES,
    PARTS,
    RECEIVED,
    SENTENCES,
    TESTED,
    UNKNOWN_CODE,
    UNTIMED,
    WEIGHTS,
)
from homebeat.wording.sign_in import SIGN_IN

_DECIMALS: Final = {"before": 3, "after": 3, "distance_m": 0}
#: Amounts that are written without decimals from ten on.
_COARSE: Final = frozenset({"litres", "limit_litres", "flow_lph", "usual", "now", "signs", "heart_rate_bpm"})
_COARSE_FROM: Final = 10
_UNITED: Final = frozenset({"threshold_above", "threshold_below"})


class _Fill(dict[str, str]):
    """Parameters of a text. A missing one becomes "not known", so that the sentence is not lost."""

    def __init__(self, params: Mapping[str, str], missing: str) -> None:
        super().__init__(params)
        self._missing = missing

    def __missing__(self, key: str) -> str:
        return self._missing


#: The names of codes, by the parameter that holds the code.
_CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "callee": names.CALLEES,
    "loss": names.LOSSES,
    "proof": names.DOOR_PROOFS,
    "progress": names.ORDER_PROGRESS,
    "status": device_names.METER_STATUSES,
}


class Wording:
    """The texts of one language.

    Args:
        language: A `Language` or a tag in any usual spelling; one that we do not have gives English.
    """

    def __init__(self, language: str = DEFAULT_LANGUAGE) -> None:
        self.language: Language = match_language(language) or DEFAULT_LANGUAGE
        self._texts = load_translations(self.language)

    def text(self, msgid: str, /, **params: object) -> str:
        """A message by its English text, its ``%(name)s`` filled in when parameters are given."""
        found = self._texts.gettext(msgid) if msgid else ""
        return found % self._fill({name: str(value) for name, value in params.items()}) if params else found

    def sentence(self, reason: Reason, *, timezone: str) -> str:
        """One sentence for a reason; times on the clock of the household's `timezone`. An unknown code is shown as it is.

        An alarm whose time is in doubt has a second sentence that says so. So has a home that shares its trouble with others, or
        in which somebody works on devices, what is about a building or a gateway, a visit of which a telephone has said
        something, and an answer of a family that counts for more or less than others.
        """
        template = SENTENCES.get(reason.code)
        if template is None:
            return self.text(UNKNOWN_CODE, code=reason.code)
        shown = {_strip_unit(name): self._write_parameter(name, value, timezone) for name, value in reason.params.items()}
        shown["held"] = self._write_hold(reason.params.get("hold_s"))
        if reason.code in _UNITED:
            unit = self._write_unit(str(reason.params.get("metric", "")))
            shown |= {name: shown[name] + unit for name in ("value", "limit") if name in shown}
        said = self._texts.gettext(template) % self._fill(shown)
        weights = (self._texts.gettext(text) for name, text in WEIGHTS.items() if name in reason.params)
        said = self.join_sentences(said, *weights)
        if (outage := OUTAGES.get(str(reason.params.get("shared", "")))) is not None:
            said = self.join_sentences(said, self._texts.gettext(outage) % self._fill(shown))
        parts = (self._texts.gettext(PARTS[name]) % self._fill(shown) for name in PARTS if name in shown)
        said = self.join_sentences(said, *parts)
        if (near := NEARNESS.get(str(reason.params.get("nearness", "")))) is not None:
            said = self.join_sentences(said, self._texts.gettext(near) % self._fill(shown))
        if WORK_UNTIL in reason.params:
            said = self.join_sentences(said, self._texts.gettext(MAINTAINED) % self._fill(shown))
        if "tested" in reason.params:
            said = self.join_sentences(said, self.text(TESTED))
        if "received_at" not in reason.params:
            return said
        about_time = self.text(UNTIMED) if "untimed" in reason.params else self.text(RECEIVED, received=shown["received"])
        return self.join_sentences(said, about_time)

    def join_sentences(self, *sentences: str) -> str:
        """Whole sentences one after the other; empty ones are left out."""
        return ("" if self.language is Language.CHINESE else " ").join(sentence for sentence in sentences if sentence)

    @property
    def comma(self) -> str:
        """Between two parts of a sentence: ``, `` or ``，``."""
        return "，" if self.language is Language.CHINESE else ", "

    def join_list(self, *things: str) -> str:
        """Things side by side: ``a, b`` or ``a、b``."""
        return ("、" if self.language is Language.CHINESE else ", ").join(things)

    def rule_name(self, code: str) -> str:
        """What a rule is called."""
        return self._look_up(names.RULES, code)

    def priority(self, code: str) -> str:
        """What a priority is called."""
        return self._look_up(names.PRIORITIES, code)

    def queue(self, code: str) -> str:
        """What the queue of a desk is called: by the desk."""
        return self._look_up(names.DESKS, code)

    def role(self, code: str) -> str:
        """What a role is called."""
        return self._look_up(names.ROLES, code)

    def action(self, code: str) -> str:
        """What somebody did, as the audit has it."""
        return self._look_up(names.ACTIONS, code)

    def audit_fault(self, code: str) -> str:
        """What is wrong at a place of the audit."""
        return self._look_up(names.AUDIT_FAULTS, code)

    def operation(self, code: str) -> str:
        """What a role may do, as a verb."""
        return self._look_up(names.OPERATIONS, code)

    def field(self, code: str) -> str:
        """What a group of personal data is called."""
        return self._look_up(names.FIELDS, code)

    def purpose(self, code: str) -> str:
        """What a resident agrees to."""
        return self._look_up(names.PURPOSES, code)

    def when(self, code: str) -> str:
        """On which objects somebody may do or see something."""
        return self._look_up(names.WHENS, code)

    def outcome(self, code: str, desk: str = "care") -> str:
        """What an outcome is called at a desk."""
        return self._look_up({**names.OUTCOMES, **names.OUTCOMES_OF_DESK.get(desk, {})}, code)

    def condition(self, code: str) -> str:
        """The machine's axis in words."""
        return self._look_up(names.CONDITIONS, code)

    def answer(self, code: str) -> str:
        """The people's axis in words."""
        return self._look_up(names.ANSWERS, code)

    def transition(self, code: str) -> str:
        """One line of an alert's history in words."""
        return self._look_up(names.TRANSITIONS, code)

    def party(self, code: str) -> str:
        """Whom a response plan tells."""
        return self._look_up(names.PARTIES, code)

    def responder_kind(self, code: str) -> str:
        """What somebody is who answers for alerts."""
        return self._look_up(names.RESPONDER_KINDS, code)

    def visit_state(self, code: str) -> str:
        """How far a visit has come."""
        return self._look_up(names.VISIT_STATES, code)

    def callee(self, code: str) -> str:
        """Whom somebody called by hand."""
        return self._look_up(names.CALLEES, code)

    def call_result(self, code: str) -> str:
        """What became of a call."""
        return self._look_up(names.CALL_RESULTS, code)

    def guide(self, rule: str, desk: str) -> list[str]:
        """The usual steps beside an alert of this rule, or else of its desk."""
        usual = guides.OF_CARE if desk == "care" else guides.OF_DEVICES
        return [self.text(step) for step in guides.GUIDES.get(rule, usual)]

    def circuit_cause(self, code: str) -> str:
        """Why the circuit of a provider is as it is."""
        return self._look_up(names.CIRCUIT_CAUSES, code)

    def verdict(self, code: str) -> str:
        """How what a provider was asked has ended."""
        return self._look_up(names.ORDER_VERDICTS, code)

    def follow_up(self, code: str) -> str:
        """What was answered after the closing of an alert."""
        return self._look_up(names.FOLLOW_UP_ANSWERS, code)

    def home_state(self, state: str, *, away: bool = False) -> str:
        """A resident's state in words. A declared absence is shown instead of quiet, never instead of the other two."""
        return self._look_up(names.HOME_STATES, "away" if away and state == "quiet" else state)

    def device_kind(self, code: str) -> str:
        """What a kind of device is called."""
        return self._look_up(device_names.DEVICE_KINDS, code)

    def retirement_reason(self, code: str) -> str:
        """Why a device was retired; empty where nobody has said it."""
        return self._look_up(device_names.RETIREMENT_REASONS, code) if code else self.text("reason not known")

    def device_model(self, name: str) -> str:
        """What a model of devices is called: as the fleet file names it."""
        return name or self.text("unknown model")

    def channel(self, code: str) -> str:
        """What a kind of channel is called."""
        return self._look_up(names.CHANNELS, code)

    def sign_in(self, code: str, **params: object) -> str:
        """What somebody is told about a sign-in, by a code of `homebeat.identity`; ``code_clock`` has ``minutes``."""
        return self.text(SIGN_IN.get(code, code), **params)

    def message_standing(self, code: str) -> str:
        """How far a message is."""
        return self._look_up(names.MESSAGE_STANDINGS, code)

    def metric(self, code: str) -> str:
        """What a metric is called, by its wire name."""
        return self._look_up(device_names.METRICS, code)

    def value(self, metric: str, value: float) -> str:
        """A value with its unit: ``36.6 °C``."""
        return self.number(value, 3 if metric == "volume_m3" else _choose_decimals(metric, value)) + self._write_unit(metric)

    def quarantine_reason(self, code: str) -> str:
        """Why a message was set aside."""
        return self._look_up(names.QUARANTINE_REASONS, code)

    def duration(self, seconds: float) -> str:
        """``12 h 30 min`` or ``12小时30分钟``."""
        return self._write_or_not_known(write_duration, seconds)

    def clock(self, at_ms: float, timezone: str) -> str:
        """Day and time on the clock of `timezone`: ``1 Mar 21:40`` or ``3月1日 21:40``."""
        return self._write_or_not_known(write_clock, at_ms, timezone)

    def moment(self, at_ms: float, timezone: str) -> str:
        """As `clock`, with year and seconds: ``1 Mar 2026 21:40:05`` or ``2026年3月1日 21:40:05``."""
        return self._write_or_not_known(write_moment, at_ms, timezone)

    def day(self, day: date, *, weekday: bool = False) -> str:
        """``1 Mar`` or ``3月1日``, with its weekday when asked."""
        return write_day(day, self.language, weekday=weekday)

    def number(self, value: float, decimals: int = 1) -> str:
        """A number with its thousands apart: ``1,200``."""
        try:
            return write_number(value, self.language, decimals)
        except (ValueError, TypeError):
            return self.text(NOT_GIVEN)

    def _write_or_not_known(self, write: Any, *values: Any) -> str:
        try:
            return str(write(*values, self.language))
        except (ValueError, TypeError):
            return self.text(NOT_GIVEN)

    def _write_parameter(self, name: str, value: float | str, timezone: str) -> str:
        if (named := self._name_code(name, str(value))) is not None:
            return named
        if isinstance(value, str):
            return value
        if name.endswith("_s"):
            return self.duration(value)
        if name.endswith("_minute"):
            return f"{int(value) // 60 % 24:02d}:{int(value) % 60:02d}" if math.isfinite(value) else self.text(NOT_GIVEN)
        if name == "at" or name.endswith("_at"):
            return self.clock(value, timezone)
        return self.number(value, _choose_decimals(name, value))

    def _name_code(self, name: str, value: str) -> str | None:
        match name:
            case "rule":
                return self.rule_name(value)
            case "rules":
                return self.join_list(*(self.rule_name(code) for code in value.split(",")))
            case "list" | "shows":
                return self.join_list(*(self._name_alarm(part.strip()) for part in value.split(",")))
            case "who":
                return self.join_list(*(self.party(code) for code in value.split(",")))
            case "outcome":
                return self.outcome(value)
            case "standby":
                return value or self.text(NOBODY_STANDS_IN)
            case "metric":
                return self.metric(value)
            case "proof" | "progress" | "status" | "callee" | "loss":
                return self._look_up(_CODES[name], value)
        return None

    def _name_alarm(self, code: str) -> str:
        found = device_names.METRICS.get(f"alarm_{code}")
        return code if found is None else self._texts.gettext(found)

    def _write_hold(self, hold_s: float | str | None) -> str:
        if isinstance(hold_s, int | float) and hold_s >= 1:
            return self.text(HELD, duration=self.duration(hold_s))
        return ""

    def _write_unit(self, metric: str) -> str:
        unit = device_names.UNITS.get(metric, "")
        is_close = not unit or unit == "%" or unit.startswith("/") or self.language is Language.CHINESE
        return ("" if is_close else " ") + self.text(unit)

    def _look_up(self, table: Mapping[str, str], code: str) -> str:
        found = table.get(code)
        return code if found is None else self._texts.gettext(found)

    def _fill(self, params: Mapping[str, str]) -> _Fill:
        return _Fill(params, self._texts.gettext(NOT_GIVEN))


def _choose_decimals(name: str, value: float) -> int:
    return 0 if name in _COARSE and abs(value) >= _COARSE_FROM else _DECIMALS.get(name, 1)


def _strip_unit(name: str) -> str:
    return name.removesuffix("_s").removesuffix("_at").removesuffix("_minute") if name != "at" else name
