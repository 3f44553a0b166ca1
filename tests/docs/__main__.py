"""Write the pages of docs/ that are made from the code: `python -m tests.docs`."""

from __future__ import annotations

from tests.docs import events_page, glossary_page, roles_page, rules_page

rules_page.PAGE.write_text(rules_page.page(), encoding="utf-8")
glossary_page.refresh()
roles_page.refresh()
events_page.refresh()
print(f"{rules_page.PAGE.name}, {glossary_page.PAGE.name}: written")
