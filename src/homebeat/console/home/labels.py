"""Which fields the forms of a home have, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homebeat.console.home.forms import EXTRAS
from homebeat.console.home.sheet import FormField, FormGroup, Sheet
from homebeat.console.web.grants import Option
from homebeat.domain.channel import CHANNELS, CONTACT_CHANNELS
from homebeat.domain.fleet import USUAL_LANGUAGE, CareNeed, DeviceKind
from homebeat.domain.quiet_hours import CAN_WAIT
from homebeat.registry.device_fields import LONGEST_DEVICE_ADDRESS, LONGEST_MODEL
from homebeat.registry.home_difference import ORDER
from homebeat.registry.home_fields import LONGEST_ACCESS, LONGEST_NOTES
from homebeat.wording import Wording


class HomeFields:
    """Makes the fields of each form, in one language.

    Attributes:
        parts: The names of the parts of a home.
        fields: The names of the fields of a resident, contact, device or absence.
    """

    def __init__(self, words: Wording) -> None:
        self._words: Final = words
        self.parts: Final[Mapping[str, str]] = {
            "id": words.text("Id of the home"),
            "area": words.text("Area"),
            "timezone": words.text("Time zone"),
            "address": words.text("Address"),
            "access": words.text("How to get in"),
            "building": words.text("Id of the building"),
            "position": words.text("Where the door is"),
            "plan": words.text("Response plan"),
            "ask_first": words.text("Ask the resident first"),
            "paired": words.text("Paired volunteers and grid workers"),
            "residents": words.text("Who lives there"),
            "contacts": words.text("Contacts"),
            "devices": words.text("Devices"),
            "away": words.text("Absences"),
        }
        self.fields: Final[Mapping[str, str]] = {
            "name": words.text("Name"),
            "birth_year": words.text("Year of birth"),
            "phone": words.text("Telephone"),
            "language": words.text("Language"),
            "need": words.text("Need of care"),
            "notes": words.text("What whoever helps should know: health, hearing, dialect"),
            "relation": words.text("Relation"),
            "channels": words.text("Channels"),
            "holds_key": words.text("Has a key to the home"),
            "is_representative": words.text("Answers for the family"),
            "is_resident": words.text("Is the resident, who is asked how they are"),
            "wants_daily": words.text("Wants a note every day"),
            "wants_weekly": words.text("Wants a report every week"),
            "quiet_from": words.text("Quiet hours from; empty for none"),
            "quiet_to": words.text("Quiet hours to"),
            "quiet_for": words.text("What waits in quiet hours"),
            ORDER: words.text("Order to call"),
            **_name_device_fields(words),
            "from": words.text("Beginning"),
            "to": words.text("End"),
            "reason": words.text("Where they are, and who said so"),
            "id": words.text("Entry"),
        }
        self._extras: Final[Mapping[str, str]] = {
            "secret": words.text("Its secret, where it has one"),
            "success": words.text("Robot of another maker: how its answer says yes, as /errcode = 0"),
            "method": words.text("Robot of another maker: method of the call, POST or GET"),
            "headers": words.text("Robot of another maker: headers, as a JSON object"),
            "body": words.text("Robot of another maker: text that is sent"),
            "retry": words.text("Robot of another maker: codes after which it is tried again"),
            "final": words.text("Robot of another maker: codes after which it is not"),
        }
        self._languages: Final = [Option("zh-CN", "中文"), Option("en", "English")]

    def list_place(
        self, sheet: Sheet, tree: Mapping[str, Any], areas: Sequence[Option], plans: Sequence[Option]
    ) -> list[FormField]:
        """List the fields of where a home is, and by which plan it is answered for."""
        parts = self.parts
        return [
            sheet.choice("area", parts["area"], tree.get("area"), areas, is_required=True),
            sheet.line("address", parts["address"], tree.get("address"), longest=300),
            self.make_access(sheet, tree),
            sheet.line("building", parts["building"], tree.get("building"), longest=64),
            *self.list_answering(sheet, tree, plans),
        ]

    def list_answering(self, sheet: Sheet, tree: Mapping[str, Any], plans: Sequence[Option]) -> list[FormField]:
        """List the fields of how a home is answered for; they say nothing of who lives there, or where."""
        words = self._words
        offered = [Option("", words.text("As the area has it")), *plans]
        plan = str(tree.get("plan") or "")
        if plan and plan not in {one.value for one in plans}:
            offered.append(
                Option(plan, words.text("%(name)s: there is no such plan any more, that of the area holds", name=plan))
            )
        return [
            sheet.choice("plan", self.parts["plan"], tree.get("plan"), offered),
            sheet.check("ask_first", words.text("Ask the resident first in a quiet home"), is_on=bool(tree.get("ask_first"))),
        ]

    def make_access(self, sheet: Sheet, tree: Mapping[str, Any]) -> FormField:
        """Make the field of how to get in."""
        label = self._words.text("How to get in: floor, lift, code of the door, dog")
        return sheet.line("access", label, tree.get("access"), longest=LONGEST_ACCESS)

    def list_person(
        self, sheet: Sheet, at: str, one: Mapping[str, Any], *, with_phone: bool, with_notes: bool, may_go: bool
    ) -> list[FormField]:
        """List the fields of a resident, as far as they are shown."""
        words = self._words
        named = {CareNeed.HIGH: words.text("much"), CareNeed.MEDIUM: words.text("some"), CareNeed.LOW: words.text("little")}
        needs = [Option("", words.text("not assessed")), *(Option(need.value, name) for need, name in named.items())]
        fields = [
            sheet.line(f"{at}.name", words.text("Name"), one.get("name"), longest=100),
            sheet.number(f"{at}.birth_year", words.text("Year of birth"), one.get("birth_year")),
        ]
        if with_phone:
            fields.append(sheet.line(f"{at}.phone", words.text("Telephone"), one.get("phone"), longest=40))
        fields += [
            sheet.choice(f"{at}.language", words.text("Language"), one.get("language", USUAL_LANGUAGE), self._languages),
            sheet.choice(f"{at}.need", words.text("Need of care"), one.get("need", ""), needs),
        ]
        if with_notes:
            label = words.text("What whoever helps should know: health, hearing, dialect")
            fields.append(sheet.line(f"{at}.notes", label, one.get("notes"), longest=LONGEST_NOTES))
        if may_go:
            fields.append(sheet.check(f"{at}.gone", words.text("Lives here no more"), is_on=False))
        return fields

    def make_contact(self, sheet: Sheet, at: str, one: Mapping[str, Any], place: int, title: str) -> FormGroup:
        """Make the fields of a contact. Addresses of channels are not shown: a channel stays or goes, and one may be added."""
        words = self._words
        ways = [
            sheet.check(f"{at}.channels[{index}]", words.text("Channel: %(kind)s", kind=words.channel(way["kind"])), is_on=True)
            for index, way in enumerate(one.get("channels", ()))
        ]
        flags = ("holds_key", "is_representative", "is_resident", "wants_daily", "wants_weekly")
        kinds = [Option("", words.text("no further one")), *(Option(kind, words.channel(kind)) for kind in CONTACT_CHANNELS)]
        fields = [
            sheet.number(f"{at}.order", words.text("Place in the order to call"), place),
            sheet.line(f"{at}.name", words.text("Name"), one.get("name"), longest=100),
            sheet.line(f"{at}.relation", words.text("Relation"), one.get("relation"), longest=60),
            sheet.line(f"{at}.phone", words.text("Telephone"), one.get("phone"), longest=40),
            sheet.choice(f"{at}.language", words.text("Language"), one.get("language", USUAL_LANGUAGE), self._languages),
            *(sheet.check(f"{at}.{flag}", self.fields[flag], is_on=bool(one.get(flag))) for flag in flags),
            *self._list_quiet(sheet, at, one),
            *ways,
            sheet.choice(f"{at}.new_kind", words.text("Another channel"), "", kinds),
            sheet.line(f"{at}.new_address", words.text("Its number or address"), "", longest=2000),
        ]
        if one:
            fields.append(sheet.check(f"{at}.gone", words.text("Is no contact any more"), is_on=False))
        longest = {known.name: known.longest for kind in CONTACT_CHANNELS for known in CHANNELS[kind].parameters}
        rare = [sheet.line(f"{at}.new.{name}", self._extras[name], "", longest=longest[name]) for name in EXTRAS]
        return FormGroup(title, fields, rare)

    def _list_quiet(self, sheet: Sheet, at: str, one: Mapping[str, Any]) -> list[FormField]:
        words = self._words
        both = [priority.value for priority in CAN_WAIT]
        named = [(" ".join(some), words.join_list(*map(words.priority, some))) for some in (both, *([each] for each in both))]
        return [
            sheet.time(f"{at}.quiet_from", self.fields["quiet_from"], one.get("quiet_from")),
            sheet.time(f"{at}.quiet_to", self.fields["quiet_to"], one.get("quiet_to")),
            sheet.choice(
                f"{at}.quiet_for",
                words.text("What waits meanwhile; critical and high never do"),
                " ".join(one.get("quiet_for") or both),
                [Option(value, name) for value, name in named],
            ),
        ]

    def list_absence(self, sheet: Sheet) -> list[FormField]:
        """List the fields of an absence."""
        words = self._words
        return [
            sheet.day("away.from", words.text("First day away"), is_required=True),
            sheet.day("away.to", words.text("Last day away; empty until further notice")),
            sheet.line("away.reason", words.text("Where they are, and who said so"), "", is_required=True),
        ]

    def list_new_device(self, sheet: Sheet, at: str) -> list[FormField]:
        """List the fields of a device of a new home."""
        words = self._words
        kinds = [Option("", ""), *(Option(kind.value, words.device_kind(kind)) for kind in DeviceKind)]
        return [
            sheet.line(f"{at}.id", words.text("Id on the device's topic"), "", longest=64),
            sheet.choice(f"{at}.kind", words.text("Kind"), "", kinds),
            sheet.line(f"{at}.model", words.text("Maker and model"), "", longest=LONGEST_MODEL),
            sheet.line(f"{at}.reports_every", words.text("How often it reports, as PT1H; empty for the usual"), "", longest=40),
        ]

    def make_device(self, sheet: Sheet, people: Sequence[Option], codecs: Sequence[str]) -> FormGroup:
        """Make the fields of a device; those for a maker's own form of messages are folded away.

        Args:
            sheet: Makes them.
            people: Of whom it may tell.
            codecs: Names of the forms that can be read.
        """
        words, at = self._words, "devices[0]"
        kinds = [Option(kind.value, words.device_kind(kind)) for kind in DeviceKind]
        whose = [Option("", words.text("the whole home")), *people]
        fields = [
            sheet.line(f"{at}.id", words.text("Id on the device's topic"), "", longest=64, is_required=True),
            sheet.choice(f"{at}.kind", words.text("Kind"), "", kinds, is_required=True),
            sheet.choice(f"{at}.resident", words.text("Of whom it tells"), "", whose),
            sheet.line(f"{at}.model", words.text("Maker and model"), "", longest=LONGEST_MODEL),
            sheet.line(f"{at}.reports_every", words.text("How often it reports, as PT1H; empty for the usual"), "", longest=40),
        ]
        names = self.fields
        forms = [Option("", words.text("as its model has it, else homebeat's own")), *(Option(one, one) for one in codecs)]
        asked = [("", words.text("as usual for its kind")), ("yes", words.text("yes")), ("no", words.text("no"))]
        rare = [
            sheet.choice(f"{at}.codec", names["codec"], "", forms),
            sheet.line(f"{at}.address", names["address"], "", longest=LONGEST_DEVICE_ADDRESS),
            sheet.line(f"{at}.litres_per_pulse", names["litres_per_pulse"], "", longest=12),
            sheet.line(f"{at}.gateway", names["gateway"], "", longest=64),
            sheet.choice(f"{at}.may_ask", names["may_ask"], "", [Option(*one) for one in asked]),
        ]
        return FormGroup(words.text("A maker's own messages, a gateway, questions"), fields, rare)


def _name_device_fields(words: Wording) -> dict[str, str]:
    return {
        "kind": words.text("Kind"),
        "resident": words.text("Of whom it tells"),
        "model": words.text("Maker and model"),
        "codec": words.text("Form of its messages"),
        "address": words.text("What its messages call it, where that is not its id"),
        "litres_per_pulse": words.text("Litres of one pulse"),
        "measures": words.text("What it can measure"),
        "gateway": words.text("Behind the gateway"),
        "may_ask": words.text("The resident may be asked on it"),
        "reports_every": words.text("How often it reports"),
        "resolution_litres": words.text("Litres of one count"),
    }
