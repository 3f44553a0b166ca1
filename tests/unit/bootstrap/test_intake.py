"""What `homebeat check` says of clouds that push, and of the intake that takes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from homebeat.bootstrap.intake import judge_intake, open_clouds
from homebeat.bootstrap.runtime import read_wall_ms
from homebeat.domain.errors import BadSettings
from homebeat.ingest.journal.standing import CloudStanding, Hole, IntakeStanding, write_standing
from homebeat.rules.catalogue import RULES
from homebeat.settings.load import load

CLOUD = '[intake.clouds.aep]\nkind = "ctwing"\nsecret = "0123456789-0123456789"\n'


def find(folder: Path, text: str) -> list[str]:
    file = folder / "homebeat.toml"
    file.write_text(f'state_dir = "{folder}"\n{text}')
    return [str(one) for one in judge_intake(load({}, RULES, file))]


def leave(folder: Path, age_s: float = 0.0, **more: Any) -> None:
    (folder / "intake").mkdir(exist_ok=True)
    at = read_wall_ms() - round(age_s * 1000)
    write_standing(folder / "intake", IntakeStanding(at=at, most=100, **more))


def test_without_clouds_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert find(tmp_path, "") == []


def test_where_clouds_are_set_up_an_intake_has_to_run(tmp_path: Path) -> None:
    (said,) = find(tmp_path, CLOUD)
    assert "no intake has run on this machine" in said
    leave(tmp_path, 120)
    (said,) = find(tmp_path, CLOUD)
    assert "clouds lose what they push now" in said
    leave(tmp_path)
    assert find(tmp_path, CLOUD) == []


@pytest.mark.parametrize(
    "more, says",
    [
        ({"wrong": "full"}, "the journal is full"),
        ({"wrong": "disk"}, "its disk takes nothing"),
        ({"wrong": "stuck"}, "it answers nobody"),
        ({"size": 60}, "more than half full"),
        ({"clouds": {"aep": CloudStanding("ctwing", refused={"signature": 7})}}, "7 requests had a wrong signature"),
        ({"holes": [Hole(1, "aep", read_wall_ms() - 90_000, read_wall_ms() - 60_000, "down")]}, "last of aep"),
    ],
)
def test_what_the_intake_left_is_said(tmp_path: Path, more: dict[str, Any], says: str) -> None:
    leave(tmp_path, **more)
    (said,) = find(tmp_path, CLOUD)
    assert says in said


@pytest.mark.parametrize(
    "cloud, says",
    [
        ('kind = "ctwing"', "intake.clouds.x.secret is not set"),
        ('kind = "ctwing"\nsecret = "short"', "20 to 100 letters"),
        ('kind = "onenet"\naddresses = ["192.0.2.1"]', "intake.clouds.x.secret is not set"),
        ('kind = "tianshu"\nsecret = "k"', "intake.clouds.x.secret_id is not set"),
        ('kind = "onenet"\nsecret = "t"\naes_key = "too short"', "has 16 characters"),
        ('kind = "tencent"\nsecret = "t"\nsecret_file = "x"', "are both set"),
    ],
)
def test_a_cloud_that_cannot_be_used_is_said_and_costs_no_other(tmp_path: Path, cloud: str, says: str) -> None:
    leave(tmp_path)
    text = f"{CLOUD}[intake.clouds.x]\n{cloud}\n"
    (said,) = find(tmp_path, text)
    assert says in said
    force = load({}, RULES, tmp_path / "homebeat.toml")
    assert list(open_clouds(force.settings)) == ["aep"]


def test_an_open_port_without_tls_is_wrong(tmp_path: Path) -> None:
    leave(tmp_path)
    (said,) = find(tmp_path, f'[intake]\nhost = "0.0.0.0"\n{CLOUD}')
    assert "in the clear" in said


def test_an_unknown_kind_or_name_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"intake\.clouds\.aep\.kind"):
        find(tmp_path, '[intake.clouds.aep]\nkind = "aliyun"\n')
    with pytest.raises(BadSettings, match="secret_fil"):
        find(tmp_path, f'{CLOUD}secret_fil = "x"\n')
