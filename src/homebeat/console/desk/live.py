"""The live page: row operations as server-sent events, computed for each page from what it already shows.

Nothing queues up for a slow page. When it has read the last event, it gets the difference to the present.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool

from homebeat.console.desk.difference import Operation, ShownPage, find_differences
from homebeat.console.desk.page import explain_onlooker
from homebeat.console.desk.queue import Windows
from homebeat.console.desk.row import RowPainter
from homebeat.console.web.access import Visitor, is_still_valid
from homebeat.console.web.blind import check_sight
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates, Waiting
from homebeat.domain import role
from homebeat.domain.alert import Queue
from homebeat.domain.errors import Unavailable
from homebeat.wording import Wording


class LivePage:
    """One page's live stream.

    Args:
        visitor: Who opened the page; the stream ends when their session does.
    """

    def __init__(
        self,
        context: ConsoleContext,
        templates: Templates,
        painter: RowPainter,
        windows: Windows,
        words: Wording,
        queue: Queue | None,
        visitor: Visitor,
    ) -> None:
        self._context = context
        self._templates = templates
        self._painter = painter
        self._windows = windows
        self._words = words
        self._queue = queue
        self._visitor = visitor
        self._scope = visitor.find_scope(role.Operation.READ_ALERTS)
        self._waiting = Waiting(words)
        self._shown = ShownPage()

    async def stream_events(self) -> AsyncIterator[str]:
        """Stream first the whole window, then differences, and a tick at least every `tick_s`; end when the feed closes."""
        context, clock = self._context, asyncio.get_running_loop().time
        seen, ticked = await context.feed.last(), clock()
        yield "retry: 1000\n\n"
        yield self._format_message(await run_in_threadpool(self._compute_operations, seen, whole=True))
        yield await run_in_threadpool(self._tick)
        while not context.feed.is_closed:
            newest = await context.feed.wait(seen, max(0.0, ticked + context.tick_s - clock()))
            if newest != seen:
                operations = await run_in_threadpool(self._compute_operations, newest, whole=False)
                seen = newest if operations is not None else seen
                if operations:
                    yield self._format_message(operations)
                await asyncio.sleep(context.flush_s)
            if clock() - ticked >= context.tick_s:
                if not await run_in_threadpool(self._may_go_on):
                    return
                yield await run_in_threadpool(self._tick)
                # nothing changes when a watch falls silent, but what it said of people no longer holds
                if operations := await run_in_threadpool(self._compute_operations, seen, whole=False):
                    yield self._format_message(operations)
                ticked = clock()

    def _may_go_on(self) -> bool:
        try:
            return is_still_valid(self._context, self._visitor)
        except Unavailable:
            return True  # a desk whose database is away keeps its red banner, not a sign-in form

    def _compute_operations(self, newest: int, *, whole: bool) -> list[Operation] | None:
        """Compute what the page must do; None when the database does not answer."""
        now = self._context.clock()
        try:
            found = self._windows.get(newest, self._words, now, self._queue, self._visitor.principal)
        except Unavailable:
            return None
        rows = {row.id: row for section in found.sections for row in section.rows}
        looks = {id_: self._painter.draw_look(row, self._words) for id_, row in rows.items()}
        wanted = {section.key: [(row.id, looks[row.id]) for row in section.rows] for section in found.sections}
        dropped, placed = find_differences(self._shown, wanted)
        out: list[Operation] = [("drop", f"row-{id_}") for id_ in dropped]
        if whole:
            out += [("keep", f"list-{key}", [f"row-{id_}" for id_, _ in pairs]) for key, pairs in wanted.items()]
        for place in placed:
            html = self._painter.finish(place.look, rows[place.id], self._visitor.csrf, self._waiting, now)
            out.append(("put", f"list-{place.list}", f"row-{place.after}" if place.after else "", f"row-{place.id}", html))
        texts = {"counts": self._draw("_counts.html", tiles=found.tiles)}
        if self._visitor.is_onlooker:  # the card that was open shows somebody
            texts["card"] = self._draw("_over_card.html", says=explain_onlooker(self._visitor, self._words))
        for section in found.sections:
            texts[f"head-{section.key}"] = self._draw("_head.html", section=section)
            texts[f"more-{section.key}"] = self._draw("_more.html", section=section)
        out += [("set", name, html) for name, html in texts.items() if self._shown.note_text(name, html)]
        if self._shown.note_text("title", found.page_title):
            out.append(("title", found.page_title))
        return out

    def _draw(self, template: str, **values: object) -> str:
        return str(self._templates.render(template, self._words, **values)).strip()

    def _format_message(self, operations: list[Operation] | None) -> str:
        return f"data: {json.dumps(operations or [], ensure_ascii=False)}\n\n"

    def _tick(self) -> str:
        seen = check_sight(self._context, self._words, self._scope)
        said = {
            "now": self._context.clock(),
            "watch_age_s": seen.watch_age_s,
            "outbox_age_s": seen.outbox_age_s,
            "blind": seen.blind,
            "late": seen.late,
            "noted": explain_onlooker(self._visitor, self._words) or seen.noted,
        }
        return f"event: tick\ndata: {json.dumps(said, ensure_ascii=False)}\n\n"
