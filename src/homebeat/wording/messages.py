"""What contacts and responders are told in a chat, an e-mail or a text message. It names nobody, and no health of anybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from homebeat.wording.catalogue import msg

#: By the event of the notice.
EVENTS: Final[Mapping[str, str]] = {
    "alert.opened": msg("homebeat: somebody you care for may need help."),
    "alert.reopened": msg("homebeat: an alert about somebody you care for is open again."),
    "alert.raised": msg("homebeat: an alert about somebody you care for is more urgent now."),
    "alert.reminder": msg("homebeat: nobody has answered the alert about somebody you care for yet."),
    "alert.resolved": msg("homebeat: the alert about somebody you care for is closed."),
    "alert.follow_up": msg("homebeat: did somebody come to help, and was it right? One tap is enough."),
}
#: To the resident. The template of a provider of calls says the same in its own words.
ASK: Final = msg("homebeat: are you well? Please answer, or somebody comes and looks.")
#: Of a test message, to whomever.
TEST: Final = msg("homebeat: this is a test, nothing has happened. You would be told here.")
#: The same for whoever answers for alerts.
DUTY_EVENTS: Final[Mapping[str, str]] = {
    "alert.opened": msg("homebeat: somebody in your area may need help."),
    "alert.reopened": msg("homebeat: an alert in your area is open again."),
    "alert.raised": msg("homebeat: an alert in your area is more urgent now."),
    "alert.reminder": msg("homebeat: nobody has answered an alert in your area yet."),
    "alert.resolved": msg("homebeat: an alert in your area is closed."),
}
#: Of a message about somebody's shifts, and its lines.
SHIFTS_CHANGED: Final = msg("homebeat: your shifts have changed.")
SHIFT_GAINED: Final = msg("New for you: %(begin)s to %(end)s")
SHIFT_LOST: Final = msg("No longer yours: %(begin)s to %(end)s")
MORE_SHIFTS: Final = msg("And %(count)s more: see your calendar.")
#: Of a note to a contact who wants one, and its lines.
DAILY: Final = msg("homebeat: something was used at home today at %(clock)s for the first time.")
DAILY_SAYS: Final = msg(
    "It says that somebody was up, and not who or how they are. On a day without this message homebeat does not know enough "
    "to say it: that is no alarm. An alarm always says so."
)
WEEKLY: Final = msg("homebeat: what was seen at home in the seven days from %(day)s.")
WEEKLY_DAY: Final = msg("%(day)s: first use at %(clock)s")
WEEKLY_UNSEEN: Final = msg("%(day)s: no first use is known")
WEEKLY_NIGHTS: Final = msg("Nights with use between midnight and four: %(nights)s of 7")
WEEKLY_OPEN: Final = msg("Open matters of devices and of the house: %(count)s")
WEEKLY_SAYS: Final = msg(
    "These are facts about use, and not about health. A day without a time may be one on which no device could say anything. "
    "An alarm always says so."
)
OTHER_DUTY_EVENT: Final = msg("homebeat: there is news about your duty.")
OTHER_EVENT: Final = msg("homebeat: there is news about somebody you care for.")

PRIORITY: Final = msg("Priority: %(priority)s")
LINK: Final = msg("What is known, and how to answer: %(link)s")
CODE: Final = msg("Your code: %(code)s")
REFERENCE: Final = msg("Message %(reference)s")

#: What a call asks for, and what it says after a key.
KEYS: Final = msg("Press 1 if you will call now. Press 2 if all is well. Press 3 if somebody should go and check.")
ASK_KEYS: Final = msg("Press 2 if you are well. Press 3 if somebody should come.")
NO_KEY: Final = msg("No key was pressed. Somebody else will be told.")
KEY_TAKEN: Final = msg("Thank you. Your answer was noted.")
KEY_REFUSED: Final = msg("Your answer could not be taken. Please call the desk.")
