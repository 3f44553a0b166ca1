"""One sentence per reason code, as a neighbour would say it. Parameters are filled in as texts of the reader's language.

A parameter's name says how it is written: `quiet_s` (a duration) becomes ``%(quiet)s``, `life_at` (a time) ``%(life)s``,
`from_minute` (minutes of the local day) ``%(from)s``; other numbers and codes keep their name. The parameters of each code are
those that the engine and the rules write.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from homebeat.wording.catalogue import msg

SENTENCES: Final[Mapping[str, str]] = {
    # calls for help and alarms
    "sos": msg("The SOS button was pressed at %(since)s."),
    "fall": msg("The band reported a fall at %(since)s."),
    "smoke": msg("The smoke detector went off at %(since)s."),
    "gas": msg("The gas detector went off at %(since)s."),
    # the person may need help
    "no_sign_of_life": msg(
        "No sign of life at home for %(quiet)s (limit %(limit)s): the last one was at %(life)s, "
        "and the devices were still working at %(proven)s."
    ),
    "no_sign_of_life_usual": msg(
        "On %(days)s of the last %(of_days)s days the first sign of life came between %(usual_from)s and %(usual_to)s; "
        "now there has been none at home for %(quiet)s (limit %(limit)s), the last one was at %(life)s, "
        "and the devices were still working at %(proven)s."
    ),
    "no_sign_of_life_ever": msg(
        "No sign of life at home for %(quiet)s (limit %(limit)s), none since watching began; "
        "the devices were still working at %(proven)s."
    ),
    "no_water": msg("Only %(litres)s L of water used in the last %(window)s (at least %(limit_litres)s L expected)."),
    "unknown_too_long": msg(
        "For %(unknown)s nothing has shown whether all is well (limit %(limit)s); "
        "the devices last worked for certain at %(proven)s. Please check on the person."
    ),
    "unknown_never": msg(
        "For %(unknown)s nothing has shown whether all is well (limit %(limit)s), "
        "and no device has worked for certain yet. Please check on the person."
    ),
    # vital signs and limits
    "heart_rate_high": msg("Heart rate %(value)s a minute, above the limit of %(limit)s%(held)s."),
    "heart_rate_low": msg("Heart rate %(value)s a minute, below the limit of %(limit)s%(held)s."),
    "spo2_low": msg("Blood oxygen %(value)s%%, below the limit of %(limit)s%%%(held)s."),
    "threshold_above": msg("%(metric)s is %(value)s, above the limit of %(limit)s%(held)s."),
    "threshold_below": msg("%(metric)s is %(value)s, below the limit of %(limit)s%(held)s."),
    # water that should not run
    "water_running": msg("Water has been running for %(run)s without a pause (about %(litres)s L): a leak, or a tap left open?"),
    "water_surge": msg(
        "%(litres)s L of water used within %(window)s (limit %(limit_litres)s L): a burst pipe, or a tap left open?"
    ),
    # devices
    "device_silent": msg("The device has been silent for %(silent)s; it was last heard at %(heard)s."),
    "device_never_heard": msg("The device has not been heard once in the %(silent)s since it was registered."),
    "device_battery_low": msg("The device's battery is down to %(battery_pct)s%% (limit %(limit)s%%)."),
    "not_worn": msg("The band has not been worn for %(off)s, since %(since)s."),
    "meter_fell": msg("The water meter's total went back from %(before)s to %(after)s m³: a new meter, or a fault?"),
    "meter_jumped": msg("The water meter's total jumped by %(litres)s L within %(span)s, more than a home can use."),
    "meter_status": msg("The water meter reports a fault: %(status)s."),
    # what happened to the alert
    "cleared": msg("What raised this alert is over: %(rule)s."),
    "life_again": msg("There was a sign of life again at %(life)s."),
    "late_data": msg("Readings that came in late show a sign of life at %(life)s, before this alert was opened."),
    "help_cancelled": msg("The call for help was cancelled on the device at %(at)s."),
    "device_back": msg("The device was heard again at %(heard)s."),
    "again": msg("It happened again at %(since)s, while this alert was waiting or had just been taken."),
    "taken": msg("Somebody has taken this alert."),
    "answered": msg("Somebody has closed this alert with an outcome."),
    "given_back": msg("Whoever had taken this alert has given it back to the queue."),
    "taken_back": msg("This alert was closed by mistake and is open again."),
    "note": msg("A note was added."),
    "delivery_failed": msg("A contact could not be told, after %(attempts)s attempts. Please call them."),
}

HELD: Final = msg(" for %(duration)s")
NOT_GIVEN: Final = msg("not known")
UNKNOWN_CODE: Final = msg("Reason: %(code)s.")
