"""The project lint finds bad lines and leaves good ones alone."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from tests.lint.source import Source
from tests.lint.texts import faults_of

CORE = PurePosixPath("src/homebeat/engine/tick.py")
TEST = PurePosixPath("tests/unit/test_it.py")
STORE = PurePosixPath("src/homebeat/store/session.py")

DOORS = (PurePosixPath("src/homebeat/api/routes/homes.py"), PurePosixPath("src/homebeat/console/card/card.py"))


def codes(path: PurePosixPath, text: str) -> list[str]:
    return [fault.code for fault in Source(path, text).faults()]


BAD = [
    (CORE, 'now = np.datetime64("now")', "clock"),
    (CORE, 'now = datetime64("today", "D")', "clock"),
    (CORE, "session.commit()", "commit"),
    (CORE, "time.sleep(1)", "sleep"),
    (TEST, "time.sleep(1)", "sleep"),
    (TEST, "async def f() -> None:\n    await asyncio.sleep(1)", "sleep"),
    (CORE, "rng = np.random.default_rng()", "chance"),
    (CORE, "rng = random.Random()", "chance"),
    (CORE, "def handle_alert(): ...", "word"),
    (CORE, "class AlertManager: ...", "word"),
    (CORE, "def judge(data): ...", "word"),
    (CORE, "for patient in residents: ...", "word"),
    (CORE, "self.timestamp = 1", "word"),
    (PurePosixPath("src/homebeat/engine/utils.py"), "", "word"),
    (TEST, 'monkeypatch.setattr("homebeat.engine.now", f)', "patch"),
    (TEST, "from unittest.mock import Mock", "patch"),
    (TEST, 'with mock.patch("a.b"): ...', "patch"),
    (TEST, "pytest.skip()", "skip"),
    # a sample that the lint must refuse; no test is skipped by it
    *((TEST, f'@{module}mark.skip(reason="later")\ndef test_x(): assert f()', "skip") for module in ("", "pytest.")),
    (TEST, "def test_x():\n    f()", "asserts-nothing"),
    (CORE, "_DAY_MS: Final = 24 * 60 * 60 * 1000", "duration"),
    (CORE, "MS = one()", "duration"),
    (CORE, "wait = 7 * 86_400_000", "duration"),
    (CORE, "ms = span / timedelta(milliseconds=1)", "duration"),
    (CORE, "def told(edge): ...", "participle"),
    (CORE, "class Edges:\n    def grown(self): ...", "participle"),
    (CORE, "def _joined(parts): ...", "participle"),
    (CORE, "async def settled(): ...", "participle"),
    (CORE, "told = 1", "coined"),
    (CORE, "def fold(batch, minding): ...", "coined"),
    (CORE, "class RuleBench: ...", "coined"),
    (PurePosixPath("src/homebeat/stream/waves.py"), "", "coined"),
    *(
        (path, f"reader.{name}()", "unmasked")
        for path in DOORS
        for name in ("homes.find_resident", "alerts.get", "readings.read_latest")
    ),
    (CORE, "\n" * 501, "long-file"),
    (CORE, "def judge():\n" + "    x = 1\n" * 60, "long-function"),
]

GOOD = [
    *((path, "reader.alerts.count(where)\nview.find_resident(name)") for path in DOORS),
    (CORE, "reader.homes.find_resident(name)"),
    (CORE, 'then = np.datetime64("2026-03-01")'),
    (CORE, "_WAIT_MS: Final = 7 * DAY_MS"),
    (PurePosixPath("src/homebeat/domain/durations.py"), "DAY_MS: Final = 86_400_000"),
    (PurePosixPath("src/homebeat/habits/quiet.py"), "_DAY_MS = 86_400_000"),
    (TEST, "DAY_MS = 86_400_000"),
    (STORE, "connection.commit()"),
    (TEST, "connection.commit()"),
    (CORE, "stop.wait(1)"),
    (CORE, "rng = np.random.default_rng(seed)"),
    (CORE, "rng = random.Random(7)"),
    (PurePosixPath("src/homebeat/ingest/mqtt/reconnecting.py"), "rng = random.Random()"),
    (CORE, "from dataclasses import dataclass\nhandled = metadata = 1"),
    (CORE, "when.timestamp()"),
    (CORE, "def emit(self, timestamp): ...  # lint: allow word the library calls it with this name"),
    (TEST, "process = start()"),
    (TEST, 'monkeypatch.setenv("CI", "true")'),
    (TEST, 'pytest.skip("no chromium here")'),
    (TEST, "def test_x():\n    with pytest.raises(ValueError): f()"),
    (TEST, "def test_x():\n    page.expect_text('fine')"),
    (CORE, "def notify(edge): ..."),
    (CORE, "def feed_rows(): ..."),
    (CORE, "def seed(): ..."),
    (CORE, "class Edges:\n    @property\n    def learned(self): ..."),
    (CORE, "class Edges:\n    learned: int = 0"),
    (CORE, "def emitted(self): ...  # lint: allow participle the library calls it with this name"),
    (TEST, "def told(page): ..."),
    (CORE, "\n" * 499),
    (CORE, "def router():\n    def a():\n" + "        x = 1\n" * 40 + "    def b():\n" + "        x = 1\n" * 40),
    (PurePosixPath("alembic/versions/0001_x.py"), "def up():\n" + "    x = 1\n" * 90),
    (CORE, 'def judge():\n    """' + "\n" * 30 + '    """\n' + "    x = 1\n" * 59),
]


@pytest.mark.parametrize("path, text, code", BAD)
def test_a_bad_line_is_found(path: PurePosixPath, text: str, code: str) -> None:
    assert code in codes(path, text)


@pytest.mark.parametrize("path, text", GOOD)
def test_a_good_line_is_left_alone(path: PurePosixPath, text: str) -> None:
    assert codes(path, text) == []


def test_an_allowance_without_a_reason_is_none() -> None:
    assert codes(CORE, "data = 1  # lint: allow word") == ["word"]


@pytest.mark.parametrize(
    "line, code",
    [
        ("cd /ro" + "ot/x", "machine-path"),
        ("open('/ho" + "me/ann/x')", "machine-path"),
        ("https://py" + "pi.org/simple", "registry"),
        ("phone: 138" + "12345678", "person"),
        ("id: 110101" + "19400101123X", "person"),
        ("mail ann@" + "somewhere.com", "person"),
        ("<" * 7 + " HEAD", "conflict"),
    ],
)
def test_a_bad_text_is_found(line: str, code: str) -> None:
    assert [fault.code for fault in faults_of(PurePosixPath("docs/x.md"), line)] == [code]


@pytest.mark.parametrize(
    "line",
    [
        "state goes to var/ and ./work/x",
        "phone: 139-0000-0001",
        "at: 1772352000000",
        "ann@family.example, ann@example.com",
        "@pytest.fixture",
        "postgresql://homebeat:secret@db/homebeat",
    ],
)
def test_a_good_text_is_left_alone(line: str) -> None:
    assert list(faults_of(PurePosixPath("docs/x.md"), line)) == []


def test_lock_files_are_as_they_are() -> None:
    assert list(faults_of(PurePosixPath("requirements.lock"), "13812345678")) == []  # lint: allow person invented
