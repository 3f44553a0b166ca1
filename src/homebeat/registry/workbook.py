"""Reads and writes tables as Excel workbooks. One that is read is somebody else's packed archive: nothing in it is trusted."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter

from homebeat.domain.errors import BadFleet
from homebeat.registry.sheet_tree import MOST_COLUMNS, MOST_ROWS, SheetRow

#: Unpacked; a hundred thousand homes with three rows each take about half of it.
_LARGEST_UNPACKED: Final = 500_000_000
#: How many times smaller a table can be when it is packed: more than this is a bomb.
_MOST_PACKED: Final = 200
_SMALL: Final = 10_000_000
_MOST_PARTS: Final = 1_000
_AS_TEXT: Final = "@"
_FORMULA: Final = "f"
_ADVICE: Final = "open it in the spreadsheet program and save it again as .xlsx, without a password"
_NOT_CALCULATED: Final = "#VALUE!"


def read_workbook(raw: bytes) -> Iterator[SheetRow]:
    """Yield the rows of the first sheet that holds anything, each with its number, from 1.

    A formula counts with the value that the spreadsheet program saved with it; one without is given as an error of the
    spreadsheet, so that its cell is named.

    Raises:
        BadFleet: It is no workbook, is damaged, unpacks to more than it should, or has too many rows.
    """
    try:
        # what openpyxl warns of is formatting, which says nothing about homes
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield from _read_rows(raw, has_formulas=_check_archive(raw))
    except BadFleet:
        raise
    except zipfile.BadZipFile:
        raise BadFleet([f"it is no Excel workbook, or one with a password: {_ADVICE}"]) from None
    # The fence round a file of somebody else's. The library documents no errors of its own: of damaged files it raises what zlib,
    # the parser of XML and its own conversions raise. The reader of the message can only save the file again, whichever it was.
    except Exception as error:  # noqa: BLE001
        raise BadFleet([f"the workbook is damaged ({type(error).__name__}): {_ADVICE}"]) from None


def _check_archive(raw: bytes) -> bool:
    """Look at the archive before anything is unpacked; returns whether its sheets have formulas.

    Raises:
        BadFleet: It is a bomb.
        BadZipFile: It is none.
    """
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = archive.infolist()
        unpacked = sum(part.file_size for part in parts)
        if len(parts) > _MOST_PARTS or unpacked > _LARGEST_UNPACKED or unpacked > max(_SMALL, len(raw) * _MOST_PACKED):
            raise BadFleet([f"the workbook unpacks to {unpacked // 1_000_000} MB in {len(parts)} parts, and is not opened"])
        sheets = [part for part in parts if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")]
        return any(_has_formulas(archive, part) for part in sheets)


def _has_formulas(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether a sheet has a formula. It reads no more than the archive says that there is."""
    before, left = b"", part.file_size
    with archive.open(part) as sheet:
        while left > 0 and (chunk := sheet.read(min(left, 1_000_000))):
            left -= len(chunk)
            if b"<f>" in before + chunk or b"<f " in before + chunk:
                return True
            before = chunk[-2:]
    return False


def _read_rows(raw: bytes, *, has_formulas: bool) -> Iterator[SheetRow]:
    sheets: list[list[Any]] = []
    for wants_values in (True, False) if has_formulas else (True,):
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=wants_values, keep_links=False)
        sheets.append([sheet for sheet in book.worksheets if sheet.sheet_state == "visible"])
    for number, sheet in enumerate(sheets[0]):
        rows = _read_sheet(sheet, sheets[1][number] if has_formulas else None)
        first = next(rows, None)
        if first is not None:
            yield first
            yield from rows
            return


def _read_sheet(sheet: Any, formulas: Any) -> Iterator[SheetRow]:
    """Yield the rows of a sheet that hold anything, as wide as the first of them and a cell more."""
    width = _measure_width(sheet)
    written = iter(()) if formulas is None else _iterate(formulas, width)
    count = 0
    for line, row in enumerate(_iterate(sheet, width), 1):
        cells = [_read_value(cell.value) for cell in row]
        for at, cell in enumerate(next(written, ())):
            if cell.data_type == _FORMULA and at < len(cells) and cells[at] is None:
                cells[at] = _NOT_CALCULATED
        if not any(map(_is_filled, cells)):
            continue
        count += 1
        if count > MOST_ROWS:
            raise BadFleet([f"line {line}: more than {MOST_ROWS:,} rows: import it by area (docs/fleet.md)"])
        yield SheetRow(line, cells)


def _measure_width(sheet: Any) -> int:
    """Measure how many columns there are up to the last header, and one more."""
    for row in _iterate(sheet, MOST_COLUMNS + 1):
        filled = [at for at, cell in enumerate(row, 1) if _is_filled(cell.value)]
        if filled:
            return filled[-1] + 1
    return 1


def _iterate(sheet: Any, width: int) -> Iterator[Any]:
    # what the sheet says of its own size is not believed
    sheet.reset_dimensions()
    return iter(sheet.iter_rows(max_col=width))


def _is_filled(value: Any) -> bool:
    return value is not None and value != ""


def _read_value(value: Any) -> Any:
    """Read what a cell holds; what a table cannot hold becomes a text, which its column refuses."""
    return str(value) if isinstance(value, timedelta) else value


def write_workbook(rows: Iterable[Sequence[Any]]) -> bytes:
    """Write rows as a workbook of one sheet. Its columns are texts: a spreadsheet then keeps zeros in front and long numbers.

    Args:
        rows: Of cells as `sheet_cells.write_cell` writes them: none begins with `=`, which would be a formula.
    """
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet("homebeat")
    sheet.freeze_panes = "A2"
    iterator = iter(rows)
    header = next(iterator, ())
    for at in range(1, len(header) + 1):
        column = sheet.column_dimensions[get_column_letter(at)]
        column.number_format, column.width = _AS_TEXT, 16
    for row in (header, *iterator):
        sheet.append([_make_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _make_cell(sheet: Any, value: Any) -> Any:
    if value == "":
        return None
    if not isinstance(value, str):
        return value
    cell: Any = WriteOnlyCell(sheet, value)
    cell.number_format = _AS_TEXT
    return cell
