"""The console: the responders' pages. The server renders them, server-sent events keep them live; they work without JavaScript.

Words: docs/glossary.md.
"""

from homebeat.console.install import install_console
from homebeat.console.web.context import ConsoleContext

__all__ = ["ConsoleContext", "install_console"]
