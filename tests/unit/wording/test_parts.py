"""What is about a building or a gateway of an area says so."""

from __future__ import annotations

import pytest

from homebeat.domain.alert import Reason
from homebeat.wording.language import Language
from homebeat.wording.wording import Wording

EVENING = 1_772_372_400_000


@pytest.mark.parametrize(
    "part, english, chinese", [("building", "Building: b7.", "楼栋：b7。"), ("gateway", "Gateway: b7.", "网关：b7。")]
)
def test_what_is_about_a_part_of_an_area_names_it(part: str, english: str, chinese: str) -> None:
    reason = Reason("many_quiet_over", {"since_at": EVENING, part: "b7"})
    said = [Wording(language).sentence(reason, timezone="Asia/Shanghai") for language in (Language.ENGLISH, Language.CHINESE)]
    assert [one[-len(end) :] for one, end in zip(said, (english, chinese), strict=True)] == [english, chinese]
