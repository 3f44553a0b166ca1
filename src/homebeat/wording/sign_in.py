"""What people are told who sign in, or set a password or a second factor: one sentence for each code of `homebeat.identity`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from homebeat.wording.catalogue import msg

SIGN_IN: Final[Mapping[str, str]] = {
    # name and password
    "sign_in_wrong": msg("The name or the password is not right."),
    "sign_in_wait": msg("Too many wrong tries. Wait %(minutes)s minutes, then try again; somebody else is not held up."),
    # a new password
    "password_too_short": msg("This password is too short: take at least 12 characters, or a phrase of several words."),
    "password_too_long": msg("This password is too long: take at most 256 characters."),
    "password_has_name": msg("This password contains the login name, which others know. Take another one."),
    "password_guessable": msg("Many people take this password, so it is tried first. Take a phrase that nobody else would take."),
    "password_unreadable": msg("This password contains a character that cannot be read. Type it again."),
    # the second factor
    "code_wrong": msg("This code is not right. Type the one that the app shows now."),
    "code_used": msg("This code has been used before. Wait until the app shows the next one."),
    "code_clock": msg(
        "This code is of another time: the clocks of the telephone and of homebeat differ by about %(minutes)s minutes. Let the "
        "telephone set its clock by itself, then type the next code. Where everybody has this trouble, the clock of homebeat is "
        "wrong."
    ),
    # links that work once
    "link_unknown": msg("This link is not known, or was used before. Ask for a new one."),
    "link_over": msg("This link has ended. Ask for a new one."),
    # through an identity provider
    "oidc_cancelled": msg("You did not sign in at the identity provider, or it does not let you use homebeat."),
    "oidc_begin_again": msg("This sign-in took too long, or was begun in another window. Begin again."),
    "oidc_clock": msg(
        "You were not signed in, because the clocks of the identity provider and of homebeat differ. Tell whoever runs homebeat."
    ),
    "oidc_unproven": msg(
        "You were not signed in, because the identity provider did not prove who you are. Tell whoever runs homebeat."
    ),
    "oidc_away": msg(
        "The identity provider cannot be used at the moment. You can sign in with a password of homebeat, if you have one."
    ),
    "oidc_unknown": msg(
        "The identity provider knows you, but no account of homebeat belongs to you yet. Ask the administrator for a link, and "
        "open it."
    ),
    "oidc_no_entry": msg("Your account was disabled, or has no role any more. Ask the administrator."),
    "oidc_taken": msg(
        "Nothing was connected: another account of homebeat belongs to you already. Sign in without the link, or ask the "
        "administrator."
    ),
    "oidc_held": msg(
        "Nothing was connected: this account belongs to another identity already. Ask the administrator to disconnect that one "
        "first; then open the link again."
    ),
    # where this process does enough already
    "sign_in_busy": msg("Too many people are signing in at this moment. Try again in a few seconds."),
}
