"""A page that is told the differences shows what a page that is drawn anew would show."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homebeat.console.desk.difference import ShownPage, find_differences

Lists = dict[str, list[tuple[str, str]]]
NAMES = ("waiting", "taken", "devices")


class Browser:
    """What the page's script does with the operations, as plainly as possible."""

    def __init__(self) -> None:
        self.lists: Lists = {name: [] for name in NAMES}

    def drop(self, id_: str) -> None:
        for rows in self.lists.values():
            rows[:] = [row for row in rows if row[0] != id_]

    def put(self, name: str, after: str, id_: str, look: str) -> None:
        self.drop(id_)
        rows = self.lists[name]
        place = [row[0] for row in rows].index(after) + 1 if after else 0
        rows.insert(place, (id_, look))


def queues() -> st.SearchStrategy[Lists]:
    row = st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(NAMES), st.sampled_from(["v1", "v2"]))
    return st.lists(row, unique_by=lambda r: r[0], max_size=8).map(
        lambda rows: {name: [(id_, look) for id_, where, look in rows if where == name] for name in NAMES}
    )


@given(st.lists(queues(), min_size=1, max_size=6))
def test_told_the_differences_the_page_shows_the_queue(history: list[Lists]) -> None:
    shown, browser = ShownPage(), Browser()
    for wanted in history:
        dropped, placed = find_differences(shown, wanted)
        for id_ in dropped:
            browser.drop(id_)
        for place in placed:
            browser.put(place.list, place.after, place.id, place.look)
        assert browser.lists == wanted
        assert find_differences(shown, wanted) == ([], [])


def test_one_changed_row_is_one_operation() -> None:
    shown = ShownPage()
    rows = [(str(n), "v1") for n in range(200)]
    find_differences(shown, {"waiting": rows})
    rows[70] = ("70", "v2")
    dropped, placed = find_differences(shown, {"waiting": rows})
    assert dropped == []
    assert [(p.id, p.after) for p in placed] == [("70", "69")]
