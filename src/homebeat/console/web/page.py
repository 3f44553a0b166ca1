"""Templates: one environment, no sentence in the code that is not in the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

_HERE: Final = Path(__file__).parents[1]
STATIC: Final = _HERE / "static"
_EMERGENCY: Final[Mapping[str, str]] = {"ambulance": msg("Ambulance"), "fire": msg("Fire brigade"), "police": msg("Police")}


class Templates:
    """Renders the console's templates.

    Args:
        emergency_numbers: Of `ambulance`, `fire` and `police`: what the pages about an alert say to call.
    """

    def __init__(self, emergency_numbers: Mapping[str, str] | None = None) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            undefined=StrictUndefined,
        )
        numbers = emergency_numbers or {}
        self._environment.globals["emergency_number"] = numbers.get("ambulance", "")
        self._environment.globals["emergency_numbers"] = [(_EMERGENCY[kind], number) for kind, number in numbers.items()]
        self._environment.globals["make_look_link"] = make_look_link

    def render(self, template: str, words: Wording, /, **values: Any) -> Markup:
        """Render; every value is escaped unless it is Markup already."""
        text = self._environment.get_template(template).render(_=words.text, language=words.language.value, words=words, **values)
        return Markup(text)  # noqa: S704  the environment has escaped everything that went in


def read_style(name: str) -> Markup:
    """Read a style sheet of ours, for a page that stands alone."""
    return Markup((STATIC / name).read_text(encoding="utf-8"))  # noqa: S704 - a file of ours


def make_language_link(words: Wording, path: str) -> str:
    """Make the address of this page in the other language."""
    other = "en" if words.language == "zh-CN" else "zh-CN"
    return f"/language?to={other}&next={quote(path, safe='')}"


def make_look_link(language_href: str, to: str) -> str:
    """Make the address that changes the look and leads back to where `language_href`, of the same page, does."""
    return f"/look?to={to}&{language_href.partition('&')[2]}"


def is_local(path: str) -> bool:
    """Whether a `next` leads back here and nowhere else."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and not any(ord(c) < 32 for c in path)


class Waiting:
    """Waiting times in one language: minutes, not ticking seconds; the script writes them the same way."""

    def __init__(self, words: Wording) -> None:
        self.just_now = words.text("just now")
        self.past = words.text("{t} ago")
        self.wait = words.text("waits {t}")
        self.any_moment = words.text("any moment")
        self.seconds = words.text("{s} s")
        self.minutes = words.text("{m} min")
        self.hours = words.text("{h} h {m} min")
        self.days = words.text("{d} d {h} h")

    def of(self, opened_at: int, now: int) -> str:
        """Write how long ago `opened_at` is, both epoch ms."""
        minutes = max(0, now - opened_at) // 60_000
        hours = minutes // 60
        if not minutes:
            return self.just_now
        if minutes < 60:
            return self.minutes.format(m=minutes)
        if hours < 48:
            return self.hours.format(h=hours, m=minutes % 60)
        return self.days.format(d=hours // 24, h=hours % 24)

    def waits(self, opened_at: int, now: int) -> str:
        """Write ``waits 3 min`` or ``just now``; both epoch ms."""
        return self.of(opened_at, now) if now - opened_at < 60_000 else self.wait.format(t=self.of(opened_at, now))

    def ago(self, at: int, now: int) -> str:
        """Write ``3 min ago`` or ``just now``; both epoch ms."""
        return self.of(at, now) if now - at < 60_000 else self.past.format(t=self.of(at, now))
