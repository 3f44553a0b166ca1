"""The second factor: six digits from an app that shares a secret with us and goes by the clock (TOTP, RFC 6238)."""

from __future__ import annotations

import hmac
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import pyotp

#: How long one code is shown by the app. SHA-1 and six digits go with it: some apps ignore every other choice.
STEP_MS: Final = 30_000
#: Steps beside the present one that are accepted: somebody types slowly, or the two clocks differ by half a minute.
STEPS_ASIDE: Final = 1
#: Steps within which a code is recognised and refused: then it is the clocks that differ, and not the code that is wrong.
STEPS_RECOGNISED: Final = 10
#: 160 bits, as RFC 4226 section 4 recommends; 32 letters and digits to type where no camera is at hand.
_SECRET_LENGTH: Final = 32
_LONGEST_INPUT: Final = 32
_CODE: Final = re.compile(r"[0-9]{6}")


class CodeOutcome(StrEnum):
    """What is to be said of a code. `wording.sign_in` has a sentence for each that refuses."""

    ACCEPTED = "code_accepted"
    WRONG = "code_wrong"
    USED = "code_used"  # it, or a later one, has signed somebody in before
    CLOCK = "code_clock"  # it is right for another time: the clocks of the telephone and of homebeat differ


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """The answer to one code.

    Attributes:
        outcome: Only `ACCEPTED` lets anybody in.
        step: The step of the code (number of 30-second steps since 1970), when it is accepted: to be stored. None otherwise.
        ahead_s: With `CLOCK`: by how much the telephone's clock is ahead of ours, seconds, in steps of 30; negative when it is
            behind. 0 otherwise.
    """

    outcome: CodeOutcome
    step: int | None = None
    ahead_s: int = 0


def make_totp_secret() -> str:
    """Make a secret for one account: base32 text. Whoever has it can make codes, so it is stored sealed."""
    return pyotp.random_base32(_SECRET_LENGTH)


def make_totp_uri(secret: str, account: str, issuer: str) -> str:
    """Make the `otpauth:` address that an app reads from a QR code.

    Args:
        secret: From `make_totp_secret`.
        account: The login name, shown in the app.
        issuer: The installation's name, shown in the app, such as `homebeat care.example`.
    """
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def check_totp_code(secret: str, typed: str, now: int, last_step: int | None) -> CodeCheck:
    """Check a code.

    A code is good once. The caller stores the step of an accepted one in the transaction that signs in, and there only if what is
    stored is still lower (`... WHERE last_step < :step`): of two requests with the same code, one then finds that it came second.

    Args:
        secret: From `make_totp_secret`.
        typed: As somebody typed it; spaces and full-width digits do no harm.
        now: Epoch ms, of the database's clock.
        last_step: The step of the last accepted code; None before the first one.
    """
    code = _read_code(typed)
    if code is None:
        return CodeCheck(CodeOutcome.WRONG)
    totp, present = pyotp.TOTP(secret), now // STEP_MS
    # all of them, whatever comes of the first: the time that it takes says nothing
    found = [
        aside
        for aside in range(-STEPS_RECOGNISED, STEPS_RECOGNISED + 1)
        if present + aside >= 0 and hmac.compare_digest(totp.generate_otp(present + aside), code)
    ]
    if not found:
        return CodeCheck(CodeOutcome.WRONG)
    nearest = min(found, key=abs)
    if last_step is not None and present + nearest <= last_step:
        return CodeCheck(CodeOutcome.USED)
    if abs(nearest) > STEPS_ASIDE:
        return CodeCheck(CodeOutcome.CLOCK, ahead_s=nearest * STEP_MS // 1000)
    return CodeCheck(CodeOutcome.ACCEPTED, present + nearest)


def _read_code(typed: str) -> str | None:
    if len(typed) > _LONGEST_INPUT:
        return None
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed))
    return digits if _CODE.fullmatch(digits) else None
