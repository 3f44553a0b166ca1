"""Every answer that somebody may get has its sentence, and every sentence an answer."""

from __future__ import annotations

from homebeat.actions.provider_sign_in import ProviderRefusal
from homebeat.actions.sign_in import Refusal
from homebeat.identity.bearer import LinkState
from homebeat.identity.oidc.values import SignInRefusal
from homebeat.identity.passwords import PasswordFault
from homebeat.identity.totp import CodeOutcome
from homebeat.wording import Language, Wording
from homebeat.wording.sign_in import SIGN_IN

REFUSALS = {*PasswordFault, *CodeOutcome, *LinkState, *SignInRefusal, *Refusal, *ProviderRefusal} - {
    CodeOutcome.ACCEPTED, LinkState.GOOD,
}  # fmt: skip


def test_each_refusal_has_a_sentence() -> None:
    assert set(SIGN_IN) == {code.value for code in REFUSALS}


def test_the_sentence_about_clocks_says_by_how_much() -> None:
    assert "about 3 minutes" in Wording().sign_in(CodeOutcome.CLOCK, minutes=3)
    assert "相差3分钟" in Wording(Language.CHINESE).sign_in(CodeOutcome.CLOCK, minutes=3)
    assert Wording().sign_in("no_such_code") == "no_such_code"
