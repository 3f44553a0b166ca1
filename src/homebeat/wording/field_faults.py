"""What is wrong with a field of the fleet file, in the reader's language. The file's own reader says it in English."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from homebeat.wording.catalogue import msg

if TYPE_CHECKING:
    from homebeat.wording.wording import Wording

#: The end of what a reader says, and the message for it; groups of the pattern are its parameters.
FAULTS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"is missing$|^is missing: each row", msg("is missing")),
        (r"^there is no such column", msg("there is no such column")),
        (r"^is there twice$", msg("is there twice")),
        (r"^stands under no header", msg("stands under no header: the row has a cell too many")),
        (r"is the error .* of the spreadsheet", msg("is an error of the spreadsheet: mend its formula, or type the value")),
        (
            r"is a number there, and a spreadsheet drops|is what a spreadsheet makes of a long number",
            msg("a spreadsheet has shortened the number: format the column as text, and type it again"),
        ),
        (r"of the spreadsheet and no text", msg("is no text: format the column as text, and type it again")),
        (r"is a number there; format the column as date", msg("is a number: format the column as date, or write 2026-03-01")),
        (r"is not a number", msg("is not a number")),
        (r"is a date; write the year only", msg("is a date: write the year only")),
        (r"nobody can be asked on a ", msg("nobody can be asked on a device of this kind and codec")),
        (r"is neither (?:yes|true) nor (?:no|false)", msg("is neither yes nor no")),
        (r"^says .*, and line \d+ says", msg("says something else than an earlier line about the same")),
        (r"^differs from line (?P<line>\d+)", msg("differs from line %(line)s about the same")),
        (r"is not JSON, as this column needs it", msg("is not JSON, as this column needs it")),
        (r"is longer than (?P<most>\d+) characters$", msg("is longer than %(most)s characters")),
        (r"is not a telephone number$", msg("is not a telephone number")),
        (r"is not a telephone number with its country code", msg("is not a telephone number with its country code")),
        (r"is not a mobile number", msg("is not a mobile number: only those take text messages")),
        (r"is not a mail address", msg("is not a mail address")),
        (r"is not a web address", msg("is not a web address (https://host/path)")),
        (r"is not an id: .*, in ASCII$", msg("is not an id: letters a to z, digits and . _ : - only")),
        (r"is not an id: ", msg("is not an id: letters, digits and . _ : - only")),
        (r"is not a year between (?P<least>\d+) and (?P<most>\d+)$", msg("is not a year between %(least)s and %(most)s")),
        (r"is not a time of the wall clock", msg("is not a time of the clock, such as 08:30")),
        (r"is not a day; write", msg("is not a day")),
        (r"is not a time zone", msg("is not a time zone, such as Asia/Shanghai")),
        (r"is not a name: ", msg("is not a name: letters, digits and . _ : - only")),
        (r"there is no responder ", msg("there is no such responder among yours")),
        (r"does not answer in the area ", msg("somebody who does not answer in this area")),
        (r"the settings have no ", msg("the settings have no such calendar")),
        (r"one rota of this kind is enough", msg("the area has a rota of this kind already: change that one")),
        (r"a shift begins on a day", msg("begins at 00:00 of the next day: write that")),
        (r"is not a time; write", msg("is not a day or a time")),
        (r"is not after `from`$", msg("is not after the beginning")),
        (r"is the beginning of another absence$", msg("is the beginning of another absence")),
        (r"is there already", msg("is there already")),
        (r"is the address of another channel", msg("is the address of another channel of this person")),
        (r"can never be called: ", msg("can never be called from here: the settings of outgoing calls refuse it")),
        (r"is true for another contact of this home", msg("is true for another contact of this home")),
        (r"is not one of ", msg("is not one of those that are offered")),
        (r"holds control characters", msg("holds characters that cannot be shown")),
        (r"is not among your areas$", msg("is not among your areas")),
        (r"there is no area ", msg("there is no such area")),
        (r"does not live in this household", msg("does not live in this home")),
        (r"is a mask of homebeat", msg("is a mask of homebeat, and not what is meant")),
        (r"is the id of the device that it replaces$", msg("is the id of the old device: a new one has a new id")),
        (r"the last step of the response plan reaches nobody", msg("the last step of the response plan would reach nobody")),
        (r"response plan that does not exist", msg("there is no such response plan")),
        (r"is not whsec_", msg("is not a signing secret (whsec_...): leave it empty, and one is made")),
        (r"is not the robot's secret", msg("is not the robot's secret: 10 to 100 characters without blanks")),
        (r"is not the account of one member", msg("is not the account of one member in WeCom")),
        (
            r"has a placeholder in its host",
            msg("has a placeholder in its host: which server is called may not depend on the message"),
        ),
        (r"is not a JSON pointer", msg("does not say where in the answer which text stands, as in /errcode = 0")),
        (r"is not a JSON object of texts", msg('is not a JSON object of texts, as in {"x-token": "..."}')),
        (r"cannot be set as a header$", msg("holds a header that cannot be set")),
        (r"is not a list of codes", msg("is not a list of codes, as in 45009, 93000")),
        (r"has (?P<name>\{.*?\}), which means nothing", msg("has %(name)s, which means nothing")),
        (r"is not an address of Apprise", msg("is not an address of Apprise (name://...)")),
        (r"does not hand to Apprise", msg("begins with a name that homebeat does not hand to Apprise")),
        (r"turns off the check of certificates", msg("turns off the check of certificates: then others could read the message")),
        (r"is refused here", msg("is refused here by the settings of this installation")),
        (r"^there is no such field", msg("is not needed by this kind of channel: leave it empty")),
        (r"is the same as `quiet_from`", msg("is the same as the beginning: whoever wants no messages at all has no channels")),
        (r"never waits: only", msg("never waits: only medium and low do")),
        (r"is for the family: ", msg("is for the family, and this contact is the resident")),
        (r"is for somebody of the family", msg("is for somebody of the family, and this contact is the resident")),
        (r"is not in the area .*, which alone is imported$", msg("lies in another area than the one that is imported")),
        (r"^stands in another area now", msg("stands in another area now: import the area that both lie in")),
        (r"^would move the area ", msg("would move an area: import the area that both parents lie in")),
        (r"^is a responder: ", msg("is a responder: they are imported with the whole fleet, without --area")),
        (r"is not a duration|is not between PT", msg("is not a duration between 1 second and 31 days")),
    )
)
OTHERWISE: Final = msg("cannot be used as it is")


def explain_fault(text: str, words: Wording) -> str:
    """Explain in the reader's language what is wrong with a field."""
    for pattern, message in FAULTS:
        if found := pattern.search(text):
            return words.text(message, **found.groupdict()) if found.groupdict() else words.text(message)
    return words.text(OTHERWISE)


def explain_file_fault(line: int, name: str, text: str, words: Wording, *, is_column: bool) -> str:
    """Explain a fault of a file in the reader's language, with what the file's own reader says of it behind.

    Args:
        line: Where it stands.
        name: Of the column, or of the place.
        text: What the file's reader says.
        words: Of the reader.
        is_column: Whether `name` names a column.
    """
    what = explain_fault(text, words)
    if is_column:
        return words.text("line %(line)s, column %(name)s: %(what)s (%(text)s)", line=line, name=name, what=what, text=text)
    return words.text("line %(line)s, %(name)s: %(what)s (%(text)s)", line=line, name=name, what=what, text=text)
