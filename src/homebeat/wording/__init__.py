"""The one catalogue of texts for pages, messages and replay: codes in, sentences out, in the reader's language.

Only codes and parameters are stored; a sentence is made when somebody reads it. A sentence never holds a name or an address.

New text: write English in the code (`wording.text("...")`, `msg("...")`, `_("...")` in a template), then add its Chinese to
`locale/zh_CN/LC_MESSAGES/homebeat.po`; a test names every message that is missing.

Words: docs/glossary.md.
"""

from homebeat.wording.language import DEFAULT_LANGUAGE, LANGUAGES, Language, negotiate, read_terminal_language
from homebeat.wording.wording import Wording

__all__ = ["DEFAULT_LANGUAGE", "LANGUAGES", "Language", "Wording", "negotiate", "read_terminal_language"]
