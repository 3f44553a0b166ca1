"""The report about models as rows of a table of text: one figure a row, as those of the evidence."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import fields
from typing import Final

from homebeat.domain.text import make_inert
from homebeat.evidence.model_report import IndexRule, ModelFigures, ModelReport

#: The names of the columns.
HEAD: Final = ("table", "kind", "model", "measure", "value")
_OF_REPORT: Final = ("area", "timezone", "from_at", "until_at", "as_of", "days", "left_out")
_NESTED: Final = frozenset({"model", "kind", "troubles", "parts", "retired_for"})


def format_models_csv(report: ModelReport) -> bytes:
    """Format as CSV with a mark of UTF-8 at its beginning, without which spreadsheets misread Chinese."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    writer.writerows([make_inert(cell) for cell in row] for row in list_model_rows(report))
    return out.getvalue().encode("utf-8-sig")


def list_model_rows(report: ModelReport) -> Iterator[tuple[str, str, str, str, str]]:
    """List the figures as rows of `HEAD`; an empty value is one that cannot be computed, or is hidden."""
    for name in _OF_REPORT:
        yield "report", "", "", name, _write(getattr(report, name))
    for one in fields(IndexRule):
        yield "procurement", "", "", one.name, _write(getattr(report.rule, one.name))
    for model in report.models:
        for one in fields(ModelFigures):
            if one.name not in _NESTED:
                yield "model", model.kind, model.model, one.name, _write(getattr(model, one.name))
        for part in model.parts:
            for name in ("value", "points"):
                yield "index", model.kind, model.model, f"{part.part}_{name}", _write(getattr(part, name))
        for gone in model.retired_for:
            yield "retired_for", model.kind, model.model, gone.reason or "not_known", _write(gone.devices)
        for trouble in model.troubles:
            yield "trouble", model.kind, model.model, trouble.rule, _write(trouble.alerts)
            yield "trouble", model.kind, model.model, f"{trouble.rule}_false", _write(trouble.false)


def _write(value: str | float | bool | None) -> str:  # noqa: FBT001 - a cell like others
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
