"""Write the pages of docs/ that are made from the code: `python -m tests.docs`."""

from __future__ import annotations

from tests.docs.rules_page import PAGE, page

PAGE.write_text(page(), encoding="utf-8")
print(f"{PAGE.name}: written")
