"""A simulated cloud pushes to a real intake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from homebeat.codecs.catalogue import FORMAT_MAKERS
from homebeat.codecs.wire import Limits
from simulators.commands import main
from tests.unit.intake.intakes import read_journal, taking
from tests.unit.intake.senders import ACCOUNT, ACCOUNT_KEY, PATH_SECRET, TOKEN

STREET = ["--homes", "3", "--days", "0.25", "--start", "2026-03-02T00:00:00Z", "--daily-share", "0", "--speed", "0"]


def test_what_a_simulated_cloud_pushes_is_on_disk_with_its_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = tmp_path / "truth.jsonl"
    with taking(tmp_path) as client:
        where = f"{client.base_url}".rstrip("/") + f"/intake/aep/{PATH_SECRET}"
        assert main(["push", *STREET, "--as", "ctwing", "--to", where, "--leaks", "1", "--truth", str(truth)]) == 0
        assert main(["push", *STREET, "--as", "ctwing", "--to", where.replace(PATH_SECRET, "x" * 20)]) == 1
    printed = capsys.readouterr()
    assert "is the address right, with its secret" in printed.err
    taken = [json.loads(record.payload) for record in read_journal(tmp_path)]
    assert f"{len(taken)} messages taken" in printed.out
    assert len(taken) >= 18
    assert {message["messageType"] for message in taken} == {"dataReport"}
    assert "leak_started" in truth.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("make", "address", "secret"),
    [
        ("huawei", f"/intake/iotda/{PATH_SECRET}/iot/device/data/changed", ""),
        ("onenet", "/intake/onenet", TOKEN),
        ("tencent", "/intake/tencent", TOKEN),
        ("tianshu", "/intake/watches", ACCOUNT_KEY),
    ],
)
def test_each_cloud_signs_so_that_its_pushes_are_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: str, address: str, secret: str
) -> None:
    key, wrong = tmp_path / "key", tmp_path / "wrong"
    key.write_text(f"{secret}\n", encoding="utf-8")
    wrong.write_text("another-secret", encoding="utf-8")
    command = ["push", *STREET, "--band-share", "1", "--as", make, "--secret-id", ACCOUNT]
    with taking(tmp_path) as client:
        where = f"{client.base_url}".rstrip("/") + address
        assert main([*command, "--secret-file", str(key), "--to", where]) == 0
        other = where.replace(PATH_SECRET, "x" * 20)
        assert main([*command, "--secret-file", str(wrong), "--to", other]) == 1
    assert "with its secret" in capsys.readouterr().err
    form, read = FORMAT_MAKERS[make](), 0
    for record in read_journal(tmp_path):
        reports = form.open(form.topics[0], record.payload, record.received_at, Limits())
        read += sum(len(report.readings.metric) for report in reports)
    assert read >= 18


def test_a_cloud_has_no_broker_and_a_make_no_cloud(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["publish", *STREET, "--as", "ctwing"]) == 2
    assert "simulators push --as ctwing" in capsys.readouterr().err
    assert main(["push", *STREET, "--as", "chirpstack", "--to", "http://127.0.0.1:9"]) == 2
    assert "name a cloud with --as: ctwing, huawei, onenet, tencent, tianshu" in capsys.readouterr().err
    assert main(["push", *STREET, "--band-share", "1", "--sos", "1", "--as", "ctwing", "--to", "http://127.0.0.1:9"]) == 2
    assert "for meters alone" in capsys.readouterr().err
