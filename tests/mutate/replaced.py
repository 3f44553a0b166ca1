"""A pytest plugin: one module is read from another text than its file. For faults in what is run as a module is imported."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

#: The module's file, and the file with the text that is read instead.
FILE, TEXT = "MUTATED_FILE", "MUTATED_TEXT"


class _Loader(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        text = Path(os.environ[TEXT]).read_text(encoding="utf-8")
        code: CodeType = compile(text, self.get_filename(fullname), "exec", dont_inherit=True)
        return code


class _Finder(MetaPathFinder):
    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin != os.environ[FILE]:
            return None
        spec.loader = _Loader(fullname, spec.origin)
        return spec


if FILE in os.environ:
    sys.meta_path.insert(0, _Finder())
