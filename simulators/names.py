"""Invented names of people and places, in the language of the user who looks at the street."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from simulators.chance import F64

ENGLISH: Final = "en"
CHINESE: Final = "zh-CN"
HOMES_A_COMMUNITY: Final = 50


@dataclass(frozen=True, slots=True)
class Elder:
    """What a resident's name must fit: the year of birth, and whether she is a woman."""

    birth_year: int
    is_woman: bool


class Names(Protocol):
    """Names in one language. `draw` is a home's own chance, f64[24]: the same draw gives the same names."""

    #: Why somebody is away.
    with_family: str

    def make_city(self) -> str:
        """The city's name."""
        ...

    def make_district(self, number: int) -> str:
        """A district's name, by its number from 0."""
        ...

    def make_street(self, number: int) -> str:
        """A street's name."""
        ...

    def make_community(self, number: int) -> str:
        """A community's name."""
        ...

    def make_address(self, home: int, draw: F64) -> str:
        """Where in its community a home is."""
        ...

    def make_elder(self, draw: F64, at: int, elder: Elder) -> str:
        """A resident's name, from three draws at `at`."""
        ...

    def make_contact(self, draw: F64, elders: Sequence[tuple[str, Elder]]) -> tuple[str, str]:
        """The name and relation of the contact of these residents."""
        ...


def get_names(language: str) -> Names:
    """The names in `en` or `zh-CN`.

    Raises:
        ValueError: There are none in this language.
    """
    if language not in _NAMES:
        raise ValueError(f"no names in {language}; there are {', '.join(_NAMES)}")
    return _NAMES[language]


def _pick(choice: Sequence[str], draw: float) -> str:
    return choice[int(draw * len(choice))]


def _choose_floor(draw: F64) -> int:
    return int(1 + 17 * draw[17])


class _English:
    """Names put together from syllables."""

    with_family = "with family"
    _family = ("Lan", "Bo", "Teng", "Min", "Gao", "Rui", "Sheng", "Qiu", "Yao", "Wen", "Duo", "Heng")
    _first = ("an", "lei", "shu", "mei", "guo", "hua", "xin", "yun", "de", "fang", "ping", "zhi")
    _second = ("", "lan", "ming", "ya", "zhen", "li", "qin", "rong", "bao", "wei")
    _place = ("Willow", "Heron", "Lantern", "Ginkgo", "Lotus", "Ferry", "Plum", "Bamboo", "Crane", "Osmanthus", "Bridge", "Pine")
    _relation = ("daughter", "son", "neighbour", "niece", "nephew")

    def make_city(self) -> str:
        return "Yunting City"

    def make_district(self, number: int) -> str:
        return f"{self._place[number % len(self._place)]} District"

    def make_street(self, number: int) -> str:
        return f"{self._place[(number * 5 + 1) % len(self._place)]} Street"

    def make_community(self, number: int) -> str:
        return f"{self._place[(number * 7 + 2) % len(self._place)]} Court {number + 1}"

    def make_address(self, home: int, draw: F64) -> str:
        return f"Building {home % HOMES_A_COMMUNITY // 10 + 1}, door {_choose_floor(draw)}{home % 10 + 1:02d}"

    def make_elder(self, draw: F64, at: int, elder: Elder) -> str:
        del elder
        return self._make_name(draw, at)

    def make_contact(self, draw: F64, elders: Sequence[tuple[str, Elder]]) -> tuple[str, str]:
        del elders
        return self._make_name(draw, 13), _pick(self._relation, draw[16])

    def _make_name(self, draw: F64, at: int) -> str:
        given = _pick(self._first, draw[at]) + _pick(self._second, draw[at + 1])
        return f"{_pick(self._family, draw[at + 2])} {given.capitalize()}"


class _Chinese:
    """Names as people of that age bear them; a child bears the father's surname."""

    with_family = "探亲"
    #: The more frequent ones stand more often.
    _family = "王王王王李李李李张张张张刘刘刘陈陈陈杨杨赵赵黄黄周周吴徐孙胡朱高林何郭马罗"
    _women = ("桂英", "秀兰", "玉珍", "淑芬", "凤英", "桂兰", "秀珍", "玉兰", "惠芳", "美华", "金娣", "兰英", "素琴", "月娥")
    _men = ("德明", "国华", "永福", "金根", "福生", "树林", "长发", "志明", "根宝", "宝山", "文忠")
    _men_from_1949 = (*_men, "建国")
    _daughters = ("丽萍", "海燕", "敏", "静", "莉")
    _sons = ("建华", "志刚", "晓东", "伟", "军")
    _district = ("柳溪", "梅川", "竹园", "枫桥", "荷塘", "松江湾")
    _street = ("白鹭", "云帆", "临泉", "青石", "望湖", "长亭", "杏林", "南塘", "月河", "石榴")
    _community = ("桂香苑", "灯笼桥", "莲塘", "松鹤里", "银杏园", "渡口", "梅园", "竹林", "杨柳湾", "枣树巷")

    def make_city(self) -> str:
        return "云汀市"

    def make_district(self, number: int) -> str:
        return self._number(self._district, number) + "区"

    def make_street(self, number: int) -> str:
        return self._number(self._street, number) + "街道"

    def make_community(self, number: int) -> str:
        return self._number(self._community, number) + "社区"

    def make_address(self, home: int, draw: F64) -> str:
        estate = self._number(self._community, home // HOMES_A_COMMUNITY)
        building, (unit, flat) = home % HOMES_A_COMMUNITY // 10 + 1, divmod(home % 10, 4)
        return f"{estate}{building}号楼{unit + 1}单元{_choose_floor(draw)}{flat + 1:02d}室"

    def make_elder(self, draw: F64, at: int, elder: Elder) -> str:
        men = self._men_from_1949 if elder.birth_year >= 1949 else self._men
        return _pick(self._family, draw[at + 2]) + _pick(self._women if elder.is_woman else men, draw[at])

    def make_contact(self, draw: F64, elders: Sequence[tuple[str, Elder]]) -> tuple[str, str]:
        first, other = elders[0][0][0], _pick(self._family, draw[15])
        # a woman who lives alone was married: her children have a surname that is not hers
        father = next((name[0] for name, elder in elders if not elder.is_woman), other)
        family, given, relation = (
            (father, self._daughters, "女儿"),
            (father, self._sons, "儿子"),
            (first, self._daughters, "侄女"),
            (other, self._sons, "外甥"),
            (other, self._sons + self._daughters, "邻居"),
            (other, self._sons + self._daughters, "楼组长"),
            (other, self._sons + self._daughters, "社区网格员"),
        )[int(draw[16] * 7)]
        return family + _pick(given, draw[13]), relation

    @staticmethod
    def _number(names: Sequence[str], number: int) -> str:
        """The names in turn; from the second round on with a number, so that none comes twice."""
        again, index = divmod(number, len(names))
        return names[index] if not again else f"{names[index]}{again + 1}号"


_NAMES: Final[dict[str, Names]] = {ENGLISH: _English(), CHINESE: _Chinese()}
