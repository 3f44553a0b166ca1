"""The console: the responders' page, drawn on the server, live by server-sent events, usable without JavaScript.

Words: docs/glossary.md.
"""

from homebeat.console.install import install_console
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.session import Sessions

__all__ = ["ConsoleContext", "Sessions", "install_console"]
