"""The columns of a fleet file that is a table (CSV, Excel): what each is called, and which field of the fleet file it fills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Final

from homebeat.domain.fleet import CareNeed, DeviceKind, ResponderKind

#: Names from the top of the fleet file, without the places in lists: `("households", "devices", "kind")`.
Path = tuple[str, ...]

AREA: Final[Path] = ("areas",)
HOME: Final[Path] = ("households",)
POSITION: Final[Path] = ("households", "position")
RESIDENT: Final[Path] = ("households", "residents")
CONTACT: Final[Path] = ("households", "contacts")
CONTACT_CHANNEL: Final[Path] = (*CONTACT, "channels")
DEVICE: Final[Path] = ("households", "devices")
#: What a row says of a device model has the columns of a device, and no home.
MODELS: Final[Path] = ("models",)
AWAY: Final[Path] = ("households", "away")
RESPONDER: Final[Path] = ("responders",)
RESPONDER_CHANNEL: Final[Path] = (*RESPONDER, "channels")
#: Fields of a channel as columns: what its kind calls its address, and all others as one JSON object.
ADDRESS: Final = "address"
MORE: Final = "more"


class CellForm(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    NUMBER = "number"
    YEAR = "year"
    FLAG = "flag"
    LIST = "list"
    DAY = "day"
    CLOCK = "clock"
    TABLES = "tables"


@dataclass(frozen=True)
class SheetColumn:
    """One column.

    Attributes:
        name: Its header in English.
        chinese: Its header in Chinese.
        path: What it fills; the last is the field.
        words: What cells may say instead of the field's own values.
    """

    name: str
    chinese: str
    path: Path
    form: CellForm = CellForm.TEXT
    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @cached_property
    def target(self) -> tuple[Path, str]:
        """Of which table of the fleet file it fills a field, and the name of that field."""
        return self.path[:-1], self.path[-1]

    def name_in(self, language: str) -> str:
        """Name it in a language."""
        return self.chinese if language.startswith("zh") else self.name


_KINDS: Final[Mapping[str, str]] = {
    "水表": DeviceKind.WATER_METER,
    "手环": DeviceKind.WRISTBAND,
    "门磁": DeviceKind.DOOR,
    "床垫": DeviceKind.BED,
    "人体感应": DeviceKind.MOTION,
    "按钮": DeviceKind.BUTTON,
    "烟感": DeviceKind.SMOKE,
    "燃气": DeviceKind.GAS,
    "网关": DeviceKind.GATEWAY,
    "其他": DeviceKind.OTHER,
    "灯": DeviceKind.LAMP,
    "警号": DeviceKind.SIREN,
}
_NEEDS: Final[Mapping[str, str]] = {"高": CareNeed.HIGH, "中": CareNeed.MEDIUM, "低": CareNeed.LOW}
_STAFF: Final[Mapping[str, str]] = {
    "坐席": ResponderKind.DESK,
    "网格员": ResponderKind.FIELD,
    "志愿者": ResponderKind.VOLUNTEER,
    "服务商": ResponderKind.PROVIDER,
    "主管": ResponderKind.SUPERVISOR,
}
_CHANNELS: Final[Mapping[str, str]] = {"短信": "sms", "电话": "voice", "邮件": "email"}


def _list_quiet(name: str, chinese: str, group: Path) -> tuple[SheetColumn, ...]:
    return (
        SheetColumn(f"{name}_quiet_from", f"{chinese}免打扰开始", (*group, "quiet_from"), CellForm.CLOCK),
        SheetColumn(f"{name}_quiet_to", f"{chinese}免打扰结束", (*group, "quiet_to"), CellForm.CLOCK),
        SheetColumn(f"{name}_quiet_for", f"{chinese}免打扰级别", (*group, "quiet_for"), CellForm.LIST),
    )


def _list_channel(name: str, chinese: str, group: Path) -> tuple[SheetColumn, ...]:
    return (
        SheetColumn(f"{name}_channel", f"{chinese}通知方式", (*group, "kind"), CellForm.TEXT, _CHANNELS),
        SheetColumn(f"{name}_channel_address", f"{chinese}通知地址", (*group, ADDRESS)),
        SheetColumn(f"{name}_channel_more", f"{chinese}通知参数", (*group, MORE), CellForm.TABLES),
    )


#: Every column, in the order of an empty table.
COLUMNS: Final = (
    SheetColumn("area", "区域编号", (*AREA, "id")),
    SheetColumn("area_name", "区域名称", (*AREA, "name")),
    SheetColumn("area_parent", "上级区域", (*AREA, "parent")),
    SheetColumn("home", "住户编号", (*HOME, "id")),
    SheetColumn("timezone", "时区", (*HOME, "timezone")),
    SheetColumn("address", "地址", (*HOME, "address")),
    SheetColumn("building", "楼栋", (*HOME, "building")),
    SheetColumn("access", "进门方法", (*HOME, "access")),
    SheetColumn("latitude", "纬度", (*POSITION, "lat"), CellForm.NUMBER),
    SheetColumn("longitude", "经度", (*POSITION, "lon"), CellForm.NUMBER),
    SheetColumn("ask_first", "先问老人", (*HOME, "ask_first"), CellForm.FLAG),
    SheetColumn("paired", "结对人员", (*HOME, "paired"), CellForm.LIST),
    SheetColumn("plan", "响应预案", (*HOME, "plan")),
    SheetColumn("resident", "老人编号", (*RESIDENT, "id")),
    SheetColumn("resident_name", "老人姓名", (*RESIDENT, "name")),
    SheetColumn("birth_year", "出生年份", (*RESIDENT, "birth_year"), CellForm.YEAR),
    SheetColumn("resident_phone", "老人电话", (*RESIDENT, "phone")),
    SheetColumn("resident_language", "老人语言", (*RESIDENT, "language")),
    SheetColumn("need", "照护需求", (*RESIDENT, "need"), CellForm.TEXT, _NEEDS),
    SheetColumn("notes", "备注", (*RESIDENT, "notes")),
    SheetColumn("false_alarms_a_month", "每月误报上限", (*RESIDENT, "false_alarms_a_month"), CellForm.NUMBER),
    SheetColumn("contact", "联系人编号", (*CONTACT, "id")),
    SheetColumn("contact_name", "联系人姓名", (*CONTACT, "name")),
    SheetColumn("relation", "关系", (*CONTACT, "relation")),
    SheetColumn("contact_phone", "联系人电话", (*CONTACT, "phone")),
    SheetColumn("contact_language", "联系人语言", (*CONTACT, "language")),
    *_list_channel("contact", "联系人", CONTACT_CHANNEL),
    SheetColumn("is_resident", "是老人本人", (*CONTACT, "is_resident"), CellForm.FLAG),
    SheetColumn("is_representative", "是家属代表", (*CONTACT, "is_representative"), CellForm.FLAG),
    SheetColumn("holds_key", "有钥匙", (*CONTACT, "holds_key"), CellForm.FLAG),
    SheetColumn("wants_daily", "每日报平安", (*CONTACT, "wants_daily"), CellForm.FLAG),
    SheetColumn("wants_weekly", "每周小结", (*CONTACT, "wants_weekly"), CellForm.FLAG),
    *_list_quiet("contact", "联系人", CONTACT),
    SheetColumn("device", "设备编号", (*DEVICE, "id")),
    SheetColumn("device_kind", "设备类型", (*DEVICE, "kind"), CellForm.TEXT, _KINDS),
    SheetColumn("device_resident", "设备所属老人", (*DEVICE, "resident")),
    SheetColumn("model", "型号", (*DEVICE, "model")),
    SheetColumn("codec", "编解码", (*DEVICE, "codec")),
    SheetColumn("device_address", "设备地址", (*DEVICE, "address")),
    SheetColumn("reports_every", "上报间隔", (*DEVICE, "reports_every")),
    SheetColumn("resolution_litres", "分辨率升", (*DEVICE, "resolution_litres"), CellForm.NUMBER),
    SheetColumn("litres_per_pulse", "每脉冲升数", (*DEVICE, "litres_per_pulse"), CellForm.NUMBER),
    SheetColumn("measures", "测量项", (*DEVICE, "measures"), CellForm.LIST),
    SheetColumn("gateway", "网关", (*DEVICE, "gateway")),
    SheetColumn("may_ask", "可用来询问", (*DEVICE, "may_ask"), CellForm.FLAG),
    SheetColumn("away_from", "外出开始", (*AWAY, "from"), CellForm.DAY),
    SheetColumn("away_to", "外出结束", (*AWAY, "to"), CellForm.DAY),
    SheetColumn("away_reason", "外出原因", (*AWAY, "reason")),
    SheetColumn("responder", "应答人编号", (*RESPONDER, "id")),
    SheetColumn("responder_name", "应答人姓名", (*RESPONDER, "name")),
    SheetColumn("responder_kind", "应答人类型", (*RESPONDER, "kind"), CellForm.TEXT, _STAFF),
    SheetColumn("responder_areas", "应答区域", (*RESPONDER, "areas"), CellForm.LIST),
    SheetColumn("skills", "技能", (*RESPONDER, "skills"), CellForm.LIST),
    SheetColumn("languages", "会说语言", (*RESPONDER, "languages"), CellForm.LIST),
    SheetColumn("responder_phone", "应答人电话", (*RESPONDER, "phone")),
    SheetColumn("responder_language", "应答人语言", (*RESPONDER, "language")),
    *_list_channel("responder", "应答人", RESPONDER_CHANNEL),
    *_list_quiet("responder", "应答人", RESPONDER),
    SheetColumn("account", "登录账号", (*RESPONDER, "account")),
    SheetColumn("contract", "合同", (*RESPONDER, "contract"), CellForm.TABLES),
    SheetColumn("certificates", "证书", (*RESPONDER, "certificates"), CellForm.TABLES),
)
BY_PATH: Final[Mapping[Path, SheetColumn]] = {column.path: column for column in COLUMNS}
#: The id of the area is that of the home that the row speaks of, too.
_FOUND: Final[Mapping[Path, SheetColumn]] = {**BY_PATH, (*HOME, "area"): BY_PATH[*AREA, "id"]}


#: What a street office fills in; every other column may be added.
USUAL: Final = frozenset(
    (
        *("area", "area_name", "area_parent", "home", "timezone", "address", "access"),
        *("resident", "resident_name", "birth_year", "resident_phone", "need", "notes"),
        *("contact_name", "relation", "contact_phone", "contact_channel", "contact_channel_address", "holds_key"),
        *("device", "device_kind", "model", "reports_every", "resolution_litres"),
    )
)


def find_column(path: Path) -> SheetColumn | None:
    """Find the column that fills a field, or the nearest around it; None for what no column fills."""
    while path:
        for near in (path, (*path, "id"), (*path, "from"), (*path, ADDRESS)):
            if near in _FOUND:
                return _FOUND[near]
        path = path[:-1]
    return None
