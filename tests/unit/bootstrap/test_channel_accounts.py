"""Accounts at providers: what the settings lack is said by name, before somebody has to be told."""

from __future__ import annotations

import logging
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from homebeat.bootstrap.channel_accounts import find_absent_accounts, judge_accounts, list_account_limits, open_accounts
from homebeat.bootstrap.checking import check
from homebeat.bootstrap.fleet_import import ImportOptions, import_fleet
from homebeat.bootstrap.registry_findings import make_usable_test
from homebeat.domain.channel import AccountLimit, ChannelNeed, SendLimit
from homebeat.domain.errors import BadFleet
from homebeat.domain.fleet import Channel, Contact
from homebeat.domain.ids import ContactId
from homebeat.egress.policy import EgressPolicy
from homebeat.rules.catalogue import RULES
from homebeat.settings import load
from homebeat.settings.channels import ChannelSettings
from tests.unit.bootstrap.test_checking import HOME, Installation

MAIL = {"HOST": "mail.example", "SENDER": "homebeat@care.example"}


def read_channels(email: dict[str, str]) -> ChannelSettings:
    return load({f"HOMEBEAT_CHANNELS_EMAIL_{name}": value for name, value in email.items()}, RULES).settings.channels


def by_mail() -> tuple[Contact, ...]:
    return (Contact(ContactId("h/wei"), "Wei", channels=(Channel("email", {"address": "wei@family.example"}),)),)


def test_an_account_is_opened_with_its_secret_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("invented\n")
    channels = read_channels(MAIL | {"USERNAME": "homebeat", "PASSWORD_FILE": str(file), "SECURITY": "starttls", "PORT": "587"})
    account = open_accounts(channels).email
    assert account is not None
    assert (account.host, account.port, account.security, account.password) == ("mail.example", 587, "starttls", "invented")
    assert "invented" not in repr(account)
    assert judge_accounts(channels, "") == []
    assert ChannelNeed.EMAIL not in find_absent_accounts(channels)


@pytest.mark.parametrize(
    "email, says",
    [
        ({"HOST": "mail.example"}, "channels.email.sender is missing"),
        (MAIL | {"SENDER": "homebeat"}, "channels.email.sender is not a mail address"),
        (MAIL | {"USERNAME": "homebeat"}, "belong together"),
        (MAIL | {"PASSWORD": "one"}, "belong together"),
        (MAIL | {"USERNAME": "homebeat", "PASSWORD": "one", "SECURITY": "none"}, "in the clear"),
        (
            MAIL | {"USERNAME": "homebeat", "PASSWORD_FILE": "missing-file"},
            "channels.email.password_file: missing-file cannot be read",
        ),
        (MAIL | {"PASSWORD": "one", "PASSWORD_FILE": "missing-file"}, "are both set"),
        ({"SENDER": "homebeat@care.example"}, "channels.email is not set up, because its first setting is empty"),
    ],
)
def test_an_account_that_cannot_be_used_is_a_finding_and_no_reason_not_to_start(
    email: dict[str, str], says: str, caplog: pytest.LogCaptureFixture
) -> None:
    channels = read_channels(email)
    (finding,) = judge_accounts(channels, "")
    assert (says in finding.what, finding.is_wrong) == (True, True)
    assert ChannelNeed.EMAIL in find_absent_accounts(channels)
    with caplog.at_level(logging.ERROR):
        assert open_accounts(channels).email is None
    assert says in caplog.text


def test_check_names_a_contact_whose_channel_needs_an_account_that_is_absent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    installation = Installation(tmp_path)
    installation.register(replace(HOME, contacts=by_mail()))
    assert check(installation.force) == 1
    assert "1 channels of contacts need [channels.email], which is not set up or cannot be used: h/wei" in capsys.readouterr().out
    installation.environ |= {f"HOMEBEAT_CHANNELS_EMAIL_{name}": value for name, value in MAIL.items()}
    assert check(installation.force) == 0


def test_a_contact_without_a_channel_is_named_and_one_without_a_telephone_as_well_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    installation = Installation(tmp_path)
    called = Contact(ContactId("h/mei"), "Mei", phone="139-0000-0002")
    installation.register(replace(HOME, contacts=(called,)))
    assert check(installation.force) == 0
    assert "1 contacts have no channel and get no message, the desk has to call them: h/mei" in capsys.readouterr().out
    installation.register(replace(HOME, contacts=(replace(called, phone=""),)))
    assert check(installation.force) == 1
    assert "1 contacts have neither a channel nor a telephone, so nothing reaches them: h/mei" in capsys.readouterr().out


def test_an_import_says_it_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    installation = Installation(tmp_path)
    file = installation.folder / "fleet.yaml"
    file.write_text(
        "areas: [{id: a, name: A}]\n"
        "households: [{id: h, area: a, timezone: Asia/Shanghai, residents: [{id: r, name: R}], contacts: [{id: wei, name: Wei,"
        " channels: [{kind: email, address: wei@family.example}]}]}]\n"
    )
    installation.write(lambda store: import_fleet(installation.force, store, file, ImportOptions(dry_run=True)))
    assert "note: 1 channels of contacts need [channels.email]" in capsys.readouterr().err


BY_APPRISE = (
    "areas: [{id: a, name: A}]\n"
    "households: [{id: h, area: a, timezone: Asia/Shanghai, residents: [{id: r, name: R}], contacts: [{id: wei, name: Wei,"
    " channels: [{kind: apprise, url: 'URL'}]}]}]\n"
)


def import_by_apprise(installation: Installation, url: str = "ntfys://topic") -> None:
    file = installation.folder / "fleet.yaml"
    file.write_text(BY_APPRISE.replace("URL", url))
    installation.write(lambda store: import_fleet(installation.force, store, file, ImportOptions()))


def test_apprise_is_refused_until_the_settings_allow_it_and_its_package_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = Installation(tmp_path)
    with pytest.raises(BadFleet, match=r"kind: is refused here: .* never known to arrive; channels\.apprise\.allow_unproven"):
        import_by_apprise(installation)
    installation.environ["HOMEBEAT_CHANNELS_APPRISE_ALLOW_UNPROVEN"] = "true"
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "apprise", None)
        with pytest.raises(BadFleet, match=r"the package apprise is not installed: pip install 'homebeat\[apprise\]'"):
            import_by_apprise(installation)
        assert ChannelNeed.APPRISE in find_absent_accounts(installation.force.settings.channels)
        assert not open_accounts(installation.force.settings.channels).apprise
    with pytest.raises(BadFleet, match=r"url: can never be called: 10\.0\.0\.5 is an address that may not be called"):
        import_by_apprise(installation, "jsons://10.0.0.5/hook")
    assert open_accounts(installation.force.settings.channels).apprise


def test_check_warns_of_apprise_and_no_plan_ends_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    installation = Installation(tmp_path)
    installation.environ["HOMEBEAT_CHANNELS_APPRISE_ALLOW_UNPROVEN"] = "true"
    import_by_apprise(installation)
    assert "note: 1 people have Apprise alone" in capsys.readouterr().err
    assert check(installation.force) == 0
    said = capsys.readouterr().out
    assert "counts as handed over, never as arrived" in said
    assert "1 people have Apprise alone, which does not show whether a message arrives: h/wei" in said
    usable = make_usable_test(EgressPolicy(), frozenset(), {})
    assert not usable(ContactId("h/wei"), Channel("apprise", {"url": "ntfys://topic"}))
    assert usable(ContactId("h/wei"), Channel("webhook", {"url": "https://family.example/"}))


KEY = {"KEY_ID": "one", "KEY_SECRET": "two"}
SMS = KEY | {"PROVIDER": "aliyun", "SIGN": "homebeat", "TEMPLATE": "SMS_1"}
TEMPLATE = {"PROVIDER": "template", "URL": "https://sms.example/send", "BODY": "{phone}", "SUCCESS": "/code = 0"}
WECOM = {"CORP_ID": "corp-1", "AGENT_ID": "7", "SECRET": "invented"}


def read_table(table: str, values: dict[str, str]) -> ChannelSettings:
    return load({f"HOMEBEAT_CHANNELS_{table}_{name}": value for name, value in values.items()}, RULES).settings.channels


@pytest.mark.parametrize(
    "table, values, need",
    [
        ("SMS", SMS, ChannelNeed.SMS),
        ("SMS", SMS | {"PROVIDER": "tencent", "APP_ID": "3"}, ChannelNeed.SMS),
        ("SMS", TEMPLATE, ChannelNeed.SMS),
        ("VOICE", KEY | {"PROVIDER": "aliyun", "TEMPLATE": "TTS_1"}, ChannelNeed.VOICE),
        ("VOICE", KEY | {"PROVIDER": "tencent", "TEMPLATE": "1", "APP_ID": "3"}, ChannelNeed.VOICE),
        ("VOICE", KEY | {"PROVIDER": "twilio", "CALLER": "+4930555500009"}, ChannelNeed.VOICE),
        ("WECOM_APP", WECOM, ChannelNeed.WECOM_APP),
    ],
)
def test_an_account_that_is_complete_is_opened(table: str, values: dict[str, str], need: ChannelNeed) -> None:
    channels = read_table(table, values)
    accounts = open_accounts(channels)
    assert judge_accounts(channels, "") == []
    assert need not in find_absent_accounts(channels)
    assert getattr(accounts, table.lower()) is not None
    assert "two" not in repr(accounts)
    assert "invented" not in repr(accounts)


@pytest.mark.parametrize(
    "table, values, says",
    [
        ("SMS", SMS | {"SIGN": ""}, "channels.sms.sign is missing"),
        ("SMS", SMS | {"KEY_SECRET": ""}, "channels.sms.key_secret is missing"),
        ("SMS", SMS | {"PROVIDER": "tencent"}, "channels.sms.app_id is missing"),
        ("SMS", SMS | {"VARIABLES": "code, link"}, "channels.sms.variables has 'link'"),
        ("SMS", SMS | {"PROVIDER": ""}, "channels.sms is not set up"),
        ("SMS", TEMPLATE | {"SUCCESS": "200"}, "channels.sms.success is not a JSON pointer"),
        ("SMS", TEMPLATE | {"BODY": "{name}"}, "channels.sms.body has {name}, which means nothing"),
        ("SMS", TEMPLATE | {"URL": ""}, "channels.sms.url is missing"),
        ("SMS", SMS | {"RECEIPTS_SECRET": "too-short"}, "channels.sms.receipts_secret is not 20 to 100 letters"),
        ("SMS", SMS | {"RECEIPTS_SECRET": "a/b/c" * 5}, "channels.sms.receipts_secret is not 20 to 100 letters"),
        ("VOICE", KEY | {"PROVIDER": "aliyun"}, "channels.voice.template is missing"),
        ("VOICE", KEY | {"PROVIDER": "twilio"}, "channels.voice.caller is missing"),
        ("WECOM_APP", WECOM | {"AGENT_ID": "0"}, "channels.wecom_app.agent_id is missing"),
        ("WECOM_APP", WECOM | {"SECRET": ""}, "channels.wecom_app.secret is missing"),
        ("WECOM_APP", WECOM | {"CORP_ID": ""}, "channels.wecom_app is not set up"),
    ],
)
def test_what_an_account_lacks_is_named(table: str, values: dict[str, str], says: str) -> None:
    (finding,) = judge_accounts(read_table(table, values), "https://care.example")
    assert says in finding.what


def test_receipts_are_brought_to_the_public_address_and_nowhere_without_one() -> None:
    channels = read_table("SMS", SMS | {"RECEIPTS_SECRET": "an-invented-secret-of-30-signs"})
    account = open_accounts(channels, "https://care.example/").sms
    assert account is not None
    assert account.receipts == "https://care.example/receipts/sms/an-invented-secret-of-30-signs"
    assert "30-signs" not in repr(account)
    without = open_accounts(channels).sms
    assert without is not None
    assert without.receipts == ""


def test_an_account_may_have_limits_of_which_a_quarter_is_kept() -> None:
    channels = read_table("SMS", SMS | {"MOST_A_MINUTE": "20", "MOST_A_DAY": "1000"})
    assert list_account_limits(channels) == {
        "sms": AccountLimit(f"sms aliyun {SMS['KEY_ID']}", (SendLimit(20, 60, kept=5), SendLimit(1_000, 86_400, kept=250)))
    }
    assert list_account_limits(read_table("SMS", SMS)) == {}


def test_receipts_that_nobody_can_bring_or_be_asked_for_are_a_warning() -> None:
    brings = SMS | {"RECEIPTS_SECRET": "an-invented-secret-of-30-signs"}
    (finding,) = judge_accounts(read_table("SMS", brings), "")
    assert finding.what.startswith("channels.sms.receipts_secret is set, and public_url is not")
    assert not finding.is_wrong
    assert judge_accounts(read_table("SMS", brings), "https://care.example") == []
    asked = read_table("SMS", SMS | {"ASK_RECEIPTS": "true"})
    assert judge_accounts(asked, "") == []
    account = open_accounts(asked).sms
    assert account is not None
    assert account.is_asked
    (finding,) = judge_accounts(read_table("SMS", TEMPLATE | {"ASK_RECEIPTS": "true"}), "")
    assert "template cannot be asked" in finding.what
