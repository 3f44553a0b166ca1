"""Finds codecs that cannot be used: of installed packages, and names in the settings that no codec has."""

from __future__ import annotations

from collections.abc import Iterator

from homebeat.codecs.catalogue import FORMAT_MAKERS
from homebeat.ingest.formats import find_installed
from homebeat.settings.findings import Finding
from homebeat.settings.model import Settings


def judge_codecs(settings: Settings) -> Iterator[Finding]:
    """Find what is wrong with the codecs that messages of makers need."""
    installed = find_installed()
    for fault in installed.faults:
        yield Finding(fault, "Its devices are not read before that: mend the package, or remove it")
    for name in settings.mqtt.formats:
        if name not in FORMAT_MAKERS and name not in installed.makers:
            known = ", ".join(sorted({*FORMAT_MAKERS, *installed.makers}))
            yield Finding(f"mqtt.formats names {name!r}, and no codec has this name", f"Those that there are: {known}")
