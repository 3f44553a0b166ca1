"""What seems to be wrong with a device of which nothing useful is understood, and what to do, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from homebeat.domain.last_message import DeviceHint, HintCode
from homebeat.wording.catalogue import msg

if TYPE_CHECKING:
    from homebeat.wording.wording import Wording

HINTS: Final[Mapping[HintCode, str]] = {
    HintCode.CODEC: msg("Its messages look like those of %(codec)s: enter that as the form of its messages."),
    HintCode.NAMES: msg("Names that homebeat does not read, and what they may mean: %(names)s. A map of fields can say so."),
    HintCode.UNCLAIMED: msg("It gives what its model does not measure, which is kept and not believed: %(metrics)s."),
    HintCode.UNIT: msg(
        "It gives a volume, and nothing says in which unit: %(names)s. Have its decoder name it volume_m3, or "
        "enter a map of fields with the factor."
    ),
    HintCode.COUNTERS: msg(
        "It has counters to which meters may be wired: %(names)s. Enter each meter as a device of its own, with the address of "
        "this device, a slash and the name of its counter as its address (such as ADDRESS/%(example)s), and how many litres one "
        "count is."
    ),
    HintCode.PULSES: msg("It counts pulses, and how many litres one is, is not known: enter it with the device."),
    HintCode.NO_VALUE: msg("It reports, but has never given what such a device is there for: %(metric)s."),
}


def explain_hint(hint: DeviceHint, words: Wording) -> str:
    """Explain in the reader's language what seems to be wrong with a device."""
    params = dict(hint.params)
    if hint.code is HintCode.NO_VALUE:
        params["metric"] = words.metric(params["metric"])
    if hint.code is HintCode.UNCLAIMED:
        params["metrics"] = words.join_list(*map(words.metric, params["metrics"].split(" ")))
    return words.text(HINTS[hint.code], **params)
