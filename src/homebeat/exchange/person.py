"""Writes what is known of one resident, for whoever asks under the law: rows a person can read, and nothing about others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from homebeat.domain.ids import DeviceId, ResidentId
from homebeat.domain.instants import format_instant
from homebeat.domain.metric import Metric
from homebeat.exchange.export import FORMS, Form, Progress
from homebeat.exchange.folder import ExportFolder, FileSink, WrittenFile
from homebeat.store.portable.person import PERSON_NOUNS
from homebeat.stream.batch import FAR

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from homebeat.store import ReadSession

INDEX: Final = "README.txt"
_PAGE: Final = 5_000
_TEXT: Final = """What homebeat has stored about {resident}
{made_at}

Each file is there twice: .csv opens in a spreadsheet, .ndjson is for programs. Times are in UTC.

residents, households   who and where you are, as the community entered it
consents                what you agreed to or withdrew
devices, device_states  the meter and band that report on you
readings                every value that they sent; a water meter measures the whole home
extra_readings          values that are stored and never judged
last_messages           the last message of each device, as it came
learned_profiles, limit_choices, disregarded_spans, first_signs, resident_states
                        what was learned of your days, and how you are
absences                when you were away
alerts, transitions, visits, suppressions
                        every alert, what people did about it and wrote
broken_glass            who looked at what their role does not show, and why
audit                   each time that somebody changed or saw your data

Not in here, because it is about others: your contacts, other residents of the home and their bands, and the names of those who
helped: they stand as "user", "responder" or "contact".

关于{resident}，系统保存了什么

每份数据有两个文件：.csv用电子表格打开，.ndjson供程序使用。时间为UTC。

residents、households   您是谁、住在哪里（社区登记的内容）
consents                您同意过或撤回过什么
devices、device_states  为您服务的水表和手环
readings                它们发来的每一个读数；水表记录的是全家用水
extra_readings          只保存、不用于判断的数值
last_messages           每个设备最近一条原始消息
learned_profiles、limit_choices、disregarded_spans、first_signs、resident_states
                        从您的日常中学到的规律，以及您目前的状态
absences                您外出的时间
alerts、transitions、visits、suppressions
                        每一次警报，大家做了什么、写了什么
broken_glass            谁查看了角色本来看不到的内容，原因是什么
audit                   每一次有人修改或查看您的数据

这里没有与他人有关的内容：您的联系人、同住的其他老人及其手环、帮助过您的人的姓名（只写“user”“responder”“contact”）。
"""


def write_person(
    reader: ReadSession, folder: ExportFolder, resident: ResidentId, made_at: int, progress: Progress
) -> list[WrittenFile] | None:
    """Write everything about a resident as NDJSON and CSV, with a page that says what is what; None where nobody has this id."""
    household = reader.person.find_home(resident)
    if household is None:
        return None
    written = [_write_index(folder, resident, made_at)]
    devices: list[DeviceId] = []
    for noun in PERSON_NOUNS:
        sinks = [(form, folder.open_file(f"{noun.name}.{form.ending}")) for form in FORMS.values()]
        for rows in reader.person.read_rows(noun, resident, household):
            if noun.name == "devices":
                devices += [DeviceId(row["id"]) for row in rows]
            _write_all(sinks, rows)
            progress(noun.name, sinks[0][1].rows)
        written += [sink.close() for _, sink in sinks]
    sinks = [(form, folder.open_file(f"readings.{form.ending}")) for form in FORMS.values()]
    for rows in _read_readings(reader, devices):
        _write_all(sinks, rows)
        progress("readings", sinks[0][1].rows)
    return [*written, *(sink.close() for _, sink in sinks)]


def _write_index(folder: ExportFolder, resident: ResidentId, made_at: int) -> WrittenFile:
    sink = folder.open_file(INDEX)
    sink.write(_TEXT.format(resident=resident, made_at=format_instant(made_at)).encode(), 0)
    return sink.close()


def _write_all(sinks: list[tuple[Form, FileSink]], rows: list[dict[str, Any]]) -> None:
    for form, sink in sinks:
        sink.write(form.write_rows(rows, is_first=not sink.rows), len(rows))


def _read_readings(reader: ReadSession, devices: list[DeviceId]) -> Iterator[list[dict[str, Any]]]:
    for device in devices:
        for metric in Metric:
            cursor: str | None = None
            while True:
                page = reader.readings.read_page(device, metric, 0, FAR - 1, _PAGE, cursor)
                if page.items:
                    yield [
                        {
                            "device": device,
                            "metric": metric.wire_name,
                            "observed_at": format_instant(one.observed_at),
                            "received_at": format_instant(one.received_at),
                            "value": one.value,
                            "mark": one.mark,
                        }
                        for one in page.items
                    ]
                cursor = page.next_cursor
                if cursor is None:
                    break
