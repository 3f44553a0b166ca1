"""Draws the page of channels, and of the channels of one home: how each is, what was tried, and the form of a test message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from homebeat.actions.channel_health import ChannelSight, list_channel_sights
from homebeat.actions.permit import may_within
from homebeat.actions.shown_messages import find_standing
from homebeat.actions.trial_messages import ANNOUNCED, BY_ONE, TO_ONE
from homebeat.actions.view import View
from homebeat.console.card.evidence import find_zone
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.grants import Option
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import join_parts, list_hidden
from homebeat.deliver.accounts import ProviderAccounts
from homebeat.deliver.cloud_message import describe_test
from homebeat.domain.channel import SMS, VOICE
from homebeat.domain.contact_id import find_responder, make_responder_contact
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import ContactId, HouseholdId
from homebeat.domain.role import Field, Operation
from homebeat.store import MessageEntry, OutboxState
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

PATH: Final = "/settings/channels"
IS_TEST: Final = msg("%(channel)s: it comes by the approved template %(template)s, which says that it is a test.")
OWN_WORDS: Final = msg("%(channel)s: it says in homebeat's own words that it is a test.")
USUAL_WORDS: Final = msg(
    "%(channel)s: it comes with the words of the usual template %(template)s, as you filed them with the provider: that somebody "
    "may need help. It does not say that it is a test. With template_test in %(section)s it would."
)
CALL_WORDS: Final = msg("%(channel)s: it comes with the words of the call in %(section)s, which has no place for ours.")
ABROAD: Final = msg("To a number abroad: with the words of %(template)s, those of an alert.")
#: More responders than this are not offered in one list.
_MOST_RESPONDERS: Final = 200


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One kind of channel; `look` is `quiet` where nothing is set up or the last attempt failed, `active` where it was taken."""

    name: str
    look: str
    standing: str
    counts: str
    error: str


@dataclass(frozen=True, slots=True)
class SentLine:
    """One test message; `look` is `quiet` where it failed, `unknown` while it is under way, `active` where it was taken."""

    to: str
    name: str
    look: str
    standing: str
    error: str


@dataclass(frozen=True, slots=True)
class TrialForm:
    """The form of a test to one person, or to one of several.

    Attributes:
        to: As whom they are notified; empty where `people` are offered.
        places: Their channels; of somebody who is still to be chosen none: all of theirs are tried.
        is_announced: A call or a text message may be among them.
        says: What a test says over these, before it is sent.
        is_alarming: One of them may say that somebody needs help.
    """

    title: str
    action: str
    to: str
    people: Sequence[Option]
    places: Sequence[Option]
    is_announced: bool
    says: Sequence[str] = ()
    is_alarming: bool = False


class ChannelPages:
    """Draws the pages for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render(self, visitor: Visitor, words: Wording, sent: Sequence[str] = (), notice: str = "") -> str:
        """Render every kind of channel; `sent`: the ids of the test messages that were sent from here."""
        with self._context.open_view(visitor.principal, Operation.READ_SERVICE) as view:
            zone = find_zone(view.reader.homes.find_timezone())
            sights = list_channel_sights(view.reader, self._context.absent_accounts, view.now)
            tried = view.reader.outbox.list_tests(sent)
            forms = list(_list_own_forms(view, visitor, words, self._context.accounts))
        return self._templates.render(
            "channels.html",
            words,
            title=words.text("Channels"),
            subtitle="",
            back="",
            household="",
            kinds=[_make_line(one, words, zone) for one in sights],
            forms=forms,
            **self._make_rest(words, tried, f"{PATH}?{_name_sent(sent)}" if sent else PATH, notice),
            **make_frame(visitor, words, PATH),
        )

    def render_home(self, visitor: Visitor, words: Wording, household: str, sent: Sequence[str] = (), notice: str = "") -> str:
        """Render the contacts of one home, with the forms that try their channels.

        Raises:
            NotFound: There is no such home.
        """
        who, path = HouseholdId(household), f"/homes/{quote(household, safe='')}/channels"
        with self._context.open_view(visitor.principal, Operation.KEEP_HOMES) as view:
            detail = view.find_household(who)
            if detail is None:
                raise NotFound("there is no such household")
            people = detail.entry.residents
            contacts = view.find_contacts(people[0]) if people else ()
            is_hidden = bool(people) and not view.sees(Field.CONTACTS, people[0])
            hidden = frozenset({Field.CONTACTS}) if is_hidden else frozenset[Field]()
            can_break_glass = view.may_open(hidden, who, detail.entry.area)
            tried = view.reader.outbox.list_tests(sent)
        named = {one.id: one.name for one in contacts}
        return self._templates.render(
            "channels.html",
            words,
            title=words.text("Channels of the contacts"),
            subtitle=join_parts(household, detail.entry.area_name),
            back=f"/homes/{quote(household, safe='')}/edit",
            household=household,
            hidden=list_hidden(hidden, words),
            can_break_glass=can_break_glass,
            kinds=[],
            forms=[
                _make_form(
                    join_parts(one.name, one.relation),
                    f"/console/homes/{quote(household, safe='')}/channels/test",
                    one.id,
                    [way.kind for way in one.channels],
                    words,
                    self._context.accounts,
                )
                for one in contacts
                if one.channels
            ],
            **self._make_rest(words, tried, f"{path}?{_name_sent(sent)}" if sent else path, notice, named),
            **make_frame(visitor, words, path),
        )

    def _make_rest(
        self, words: Wording, tried: Sequence[MessageEntry], again: str, notice: str, names: dict[ContactId, str] | None = None
    ) -> dict[str, object]:
        return {
            "sent": [_make_sent(one, words, names or {}) for one in tried],
            "again": again,
            "notice": notice,
            "to_one": TO_ONE.most,
            "minutes": TO_ONE.within_s // 60,
            "by_one": BY_ONE.most,
        }


def _name_sent(sent: Sequence[str]) -> str:
    return "&".join(f"sent={quote(one, safe='')}" for one in sent)


def _list_own_forms(view: View, visitor: Visitor, words: Wording, accounts: ProviderAccounts) -> list[TrialForm]:
    """The form of the visitor's own channels, and for who arranges duty that of anybody who answers there."""
    if not visitor.may(Operation.OWN_SHIFTS):
        return []
    forms, action = [], "/console/channels/test"
    own = view.reader.duty.find_accounts([visitor.name]).get(visitor.name)
    if own is not None:
        contact = make_responder_contact(own)
        ways = view.reader.outbox.find_ways([contact]).get(contact, [])
        if ways:
            forms.append(
                _make_form(words.text("Your own channels"), action, contact, [kind for _, kind, _ in ways], words, accounts)
            )
    listed = view.reader.duty.list_kinds()[:_MOST_RESPONDERS]
    arranges = may_within(view.reader, visitor.principal, Operation.ARRANGE_DUTY, [one.areas for one in listed])
    others = [
        Option(make_responder_contact(one.responder), one.responder)
        for one, may in zip(listed, arranges, strict=True)
        if may and one.responder != own
    ]
    if others:
        says, is_alarming = _describe_tests(sorted(ANNOUNCED), words, accounts)
        forms.append(TrialForm(words.text("Somebody on duty"), action, "", others, [], True, says, is_alarming))
    return forms


def _make_form(title: str, action: str, to: str, kinds: Sequence[str], words: Wording, accounts: ProviderAccounts) -> TrialForm:
    places = [Option(str(place), f"{place + 1}. {words.channel(kind)}") for place, kind in enumerate(kinds)]
    announced = sorted(ANNOUNCED.intersection(kinds))
    return TrialForm(title, action, to, [], places, bool(announced), *_describe_tests(announced, words, accounts))


def _describe_tests(kinds: Sequence[str], words: Wording, accounts: ProviderAccounts) -> tuple[list[str], bool]:
    """Describe what a test says over text messages and calls, and whether one of them may say that somebody needs help."""
    says, is_alarming = [], False
    for kind, account in ((SMS, accounts.sms), (VOICE, accounts.voice)):
        if kind not in kinds or account is None:
            continue
        is_test, template = describe_test(account)
        is_alarming = is_alarming or not is_test or bool(account.template_abroad)
        text = (IS_TEST if is_test else USUAL_WORDS) if template else OWN_WORDS if is_test else CALL_WORDS
        abroad = words.text(ABROAD, template=account.template_abroad) if account.template_abroad else ""
        said = words.text(text, channel=words.channel(kind), template=template, section=f"[channels.{kind}]")
        says.append(words.join_sentences(said, abroad))
    return says, is_alarming


def _make_line(one: ChannelSight, words: Wording, zone: str) -> ChannelLine:
    if not one.is_set_up:
        return ChannelLine(
            words.channel(one.kind),
            "quiet",
            words.text("Not set up: nobody is reached this way"),
            "",
            words.text("in the settings: %(section)s", section=f"[{one.needs}]"),
        )
    counts = join_parts(words.text("%(count)s taken", count=one.taken), words.text("%(count)s failed", count=one.failed))
    is_unknown = not one.taken and not one.failed
    failed = words.text("last failed %(clock)s", clock=words.clock(one.failed_at, zone)) if one.failed_at is not None else ""
    return ChannelLine(
        words.channel(one.kind),
        "unknown" if is_unknown else "quiet" if one.is_failing else "active",
        words.text("Nothing was sent, so nothing is known")
        if is_unknown
        else words.text("The last attempt failed")
        if one.is_failing
        else words.text("The last attempt was taken"),
        "" if is_unknown else counts,
        join_parts(failed, one.error),
    )


def _make_sent(one: MessageEntry, words: Wording, names: dict[ContactId, str]) -> SentLine:
    code, _ = find_standing(one)
    is_under_way = one.state in {OutboxState.PENDING, OutboxState.LEASED}
    is_bad = one.state in {OutboxState.DEAD, OutboxState.SUPERSEDED} or code in {"failed", "unanswered"}
    standing = words.text("not sent") if one.state is OutboxState.SUPERSEDED else words.message_standing(code)
    return SentLine(
        names.get(one.contact) or find_responder(one.contact) or one.contact,
        f"{one.index + 1}. {words.channel(one.channel_kind)}",
        "unknown" if is_under_way else "quiet" if is_bad else "active",
        standing,
        one.error,
    )
