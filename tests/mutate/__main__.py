"""Put small faults into the code, one at a time, and print those that no test notices: `python -m tests.mutate PATH ...`.

PATH is a file or a folder under `src/homebeat`. The lines that are printed could be wrong, and every test would pass.
"""

from __future__ import annotations

import argparse
import random
import shlex
import sys
from collections import Counter
from pathlib import Path

from tests.mutate.mutants import Mutant, mutants_of
from tests.mutate.trial import KILLED, SURVIVED, UNTESTED, Trial, collect

ROOT = Path(__file__).parents[2]
#: By package: the tests that a fault in it is tried on. What needs a broker or a second process is too slow to be asked so often.
TESTS = {
    "domain": ["tests/unit/domain", "tests/unit/response", "tests/unit/settings", "tests/scenarios"],
    "codecs": ["tests/unit/codecs", "tests/unit/ingest", "tests/scenarios"],
    "habits": ["tests/unit/habits", "tests/unit/engine"],
    "stream": [
        "tests/unit/stream",
        "tests/unit/rules",
        "tests/unit/engine",
        "tests/scenarios",
        "tests/laws/test_alarms.py",
        "tests/laws/test_oracle.py",
        "tests/laws/test_taken_back.py",
    ],
    "rules": [
        "tests/unit/rules",
        "tests/unit/engine",
        "tests/unit/settings/test_findings.py",
        "tests/unit/docs/test_rules_page.py",
        "tests/scenarios",
        "tests/laws/test_oracle.py",
        "tests/laws/test_engine.py::test_a_rule_that_rests_does_not_fire",
        "tests/laws/test_engine.py::test_a_reading_that_a_rule_passes_over_changes_no_edge",
    ],
    "engine": ["tests/unit/engine", "tests/scenarios", "tests/laws/test_engine.py", "tests/laws/test_blind.py"],
    "evidence": ["tests/unit/evidence"],
    "response": ["tests/unit/response", "tests/scenarios", "tests/laws/test_alarms.py"],
    "wording": ["tests/unit/wording"],
    "settings": ["tests/unit/settings"],
    "watch": ["tests/unit/watch", "tests/contract/watch", "-k", "not postgres"],
    "actions": ["tests/unit/actions", "tests/contract/actions", "-k", "not postgres"],
    "egress": ["tests/unit/deliver"],
    "identity": ["tests/unit/identity"],
    "deliver": ["tests/unit/deliver", "tests/contract/deliver/test_outbox_port.py", "-k", "not postgres"],
}


def files_of(paths: list[Path]) -> list[Path]:
    """The modules that are meant."""
    found = [file for path in paths for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    return [file for file in found if file.name != "__init__.py"]


def chosen_for(files: list[Path]) -> list[str]:
    """What pytest is to collect for them; options come last."""
    packages = sorted({file.relative_to(ROOT / "src/homebeat").parts[0] for file in files})
    unknown = [package for package in packages if package not in TESTS]
    if unknown:
        raise SystemExit(f"for {', '.join(unknown)}: say which tests with --tests (known are {', '.join(TESTS)})")
    chosen = list(dict.fromkeys(argument for package in packages for argument in TESTS[package]))
    return [one for one in chosen if one.startswith("-") or " " in one or (ROOT / one.partition("::")[0]).exists()]


def related(source: str, mutant: Mutant, every: list[Mutant]) -> set[int]:
    """The lines of which one must be run by a test that can notice a fault: its own, or those that use what is bound there."""
    if mutant.function is not None:
        return {mutant.line}
    lines = source.splitlines()
    using = {n for n, line in enumerate(lines, 1) if any(name in line for name in mutant.said)}
    inside = {other.line for other in every if other.function is not None}
    return using if using & inside else {*range(1, len(lines) + 1)}


def main() -> int:
    """Try them and print what survives; 1 where more survive than was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutate", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, help="files or folders under src/homebeat")
    parser.add_argument("--tests", help="arguments for pytest: which tests to try them on, in place of the table here")
    parser.add_argument("--sample", type=int, help="at most so many faults of a file, drawn by --seed")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another sample")
    parser.add_argument("--budget", type=float, default=60.0, metavar="S", help="seconds of tests for one fault (60)")
    parser.add_argument("--most", type=int, help="end with 1 when more survive")
    args = parser.parse_args()
    files = files_of([path.resolve() for path in args.paths])
    totals: Counter[str] = Counter()

    def work(trial: Trial) -> None:
        failed = [name for name, ran in trial.ran.items() if not ran.passed]
        print(f"{len(trial.ran)} tests" + "".join(f", without {name}: it fails as it is" for name in failed), flush=True)
        for file in files:
            totals.update(_try_file(trial, file, args.sample, args.seed))

    status = collect(Trial(files, work, args.budget), shlex.split(args.tests) if args.tests else chosen_for(files))
    print(", ".join(f"{totals[fate]} {fate}" for fate in (KILLED, SURVIVED, UNTESTED)))
    too_many = args.most is not None and totals[SURVIVED] + totals[UNTESTED] > args.most
    return 1 if too_many or status else 0


def _try_file(trial: Trial, file: Path, sample: int | None, seed: int) -> Counter[str]:
    source, fates = file.read_text(encoding="utf-8"), Counter[str]()
    every = mutants_of(source)
    drawn = every if sample is None or sample >= len(every) else random.Random(seed).sample(every, sample)
    name = file.relative_to(ROOT)
    for mutant in sorted(drawn, key=lambda m: m.start):
        tests = trial.tests_of(file, mutant, related(source, mutant, every))
        fate = trial.try_on(file, source, mutant, tests)
        fates[fate] += 1
        if fate != KILLED:
            why = f"survives {len(tests)} tests" if tests else "no test runs this line"
            print(f"{name}:{mutant.line}: {why}\n{mutant.shown(source)}", flush=True)
    shown = ", ".join(f"{fates[fate]} {fate}" for fate in (KILLED, SURVIVED, UNTESTED))
    print(f"{name}: {len(drawn)} of {len(every)} faults: {shown}", flush=True)
    return fates


if __name__ == "__main__":
    sys.exit(main())
