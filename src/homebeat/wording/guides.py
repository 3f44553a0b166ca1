"""The usual steps beside an alert: what to ask, whom to call, when to send for help. An area may have its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from homebeat.wording.catalogue import msg

_ASK: Final = msg("Call the resident. Ask how they feel, what happened, and whether anybody is with them.")
_CONTACTS: Final = msg("No answer: call the contacts in order, and ask when they last heard of them.")
_SEND: Final = msg("Nobody has reached them: send somebody to the door.")
_OPEN: Final = msg(
    "Nobody opens: ask neighbours and whoever has a key. Else call the police or fire brigade to open, and an ambulance."
)
_SURE: Final = msg("Close only when somebody has seen or heard the resident, and write who.")
_UNWELL: Final = msg("Pain, dizziness, short of breath or no clear answer: call an ambulance, and read out the address.")

_CALL_FOR_HELP: Final = (_ASK, _UNWELL, _CONTACTS, _SEND, _OPEN, _SURE)
_QUIET: Final = (
    msg("Look whether an absence is declared, and when the last sign of life was."),
    _ASK,
    _CONTACTS,
    _SEND,
    _OPEN,
    _SURE,
)
_WATER: Final = (
    msg("Call the resident first: whoever cannot get up cannot turn off a tap either."),
    _CONTACTS,
    msg("Ask property management to look at the valve, and to knock."),
    _OPEN,
    _SURE,
)
_VITALS: Final = (_ASK, msg("Ask them to sit down, fasten the band and measure again."), _UNWELL, _CONTACTS, _SEND)
_DEVICE: Final = (
    msg("See whether other devices of the home are heard."),
    msg("Call the resident: is the power on, and is the band charged and worn?"),
    msg("Arrange a visit of a technician, and somebody who calls the resident every day until then."),
)

#: By rule; the rest have those of their desk.
GUIDES: Final[Mapping[str, tuple[str, ...]]] = {
    "sos": _CALL_FOR_HELP,
    "fall": (
        msg(
            "Call the resident. Ask whether they are hurt, can get up, or hit their head. Until that is clear nobody lifts them."
        ),
        _UNWELL,
        _CONTACTS,
        _SEND,
        _OPEN,
        _SURE,
    ),
    "smoke": (
        msg("Call the resident: leave the home, close the doors behind them, and do not take the lift."),
        msg("Call the fire brigade: the address, and who cannot walk or hear. Say that it may be a false alarm if they say so."),
        msg("Have neighbours or property management knock and help them out."),
        msg("Whoever breathed smoke goes to hospital: call an ambulance."),
        _SURE,
    ),
    "gas": (
        msg("Call the resident: open the windows, touch no switch and no flame, leave the home, and call from outside."),
        msg("Call the gas company, or the fire brigade where somebody is inside or does not answer."),
        msg("Whoever goes there knocks and does not ring: a bell makes a spark."),
        msg("Headache, sick or drowsy: call an ambulance."),
        _SURE,
    ),
    "unreadable_alarm": _CALL_FOR_HELP,
    "asked": _QUIET,
    "no_sign_of_life": _QUIET,
    "no_water": _QUIET,
    "unknown_too_long": _QUIET,
    "first_use_late": _QUIET,
    "home_early": _QUIET,
    "water_running": _WATER,
    "water_dripping": _WATER,
    "water_surge": _WATER,
    "meter_leak": _WATER,
    "heart_rate": _VITALS,
    "spo2": _VITALS,
    "threshold": _VITALS,
    "device_misread": (
        msg("Open the page of the device: it shows its last message, and what was understood of it."),
        msg("Enter the form of its messages that the alert names, or make a map of fields from that message."),
        msg("Nothing fits: check the kind of the device in the form of its home, and ask the maker what it sends."),
    ),
}
OF_DEVICES: Final = _DEVICE
OF_CARE: Final = _CALL_FOR_HELP
