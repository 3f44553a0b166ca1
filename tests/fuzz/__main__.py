"""Fuzz the door: `python -m tests.fuzz --count 150000 --seed 1`. Ends with 1, and shows the message, when one breaks the law."""

from __future__ import annotations

import argparse

from homebeat.codecs.catalogue import FORMAT_MAKERS
from tests.fuzz.law import hold, hold_format

parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
parser.add_argument("--count", type=int, default=150_000, help="how many mutated messages")
parser.add_argument("--seed", type=int, default=1, help="another seed, other messages; the same seed, the same messages")
parser.add_argument("--format", choices=[*FORMAT_MAKERS, "all"], help="messages of this format, or so many of each of them")
args = parser.parse_args()
chosen = [*FORMAT_MAKERS] if args.format == "all" else [args.format]
for name in chosen:
    found = hold(args.count, args.seed) if name is None else hold_format(name, args.count, args.seed)
    said = ", ".join(f"{count} {fate}" for fate, count in sorted(found.items()))
    print(f"{name or 'our own forms'}: {sum(found.values())} messages, seed {args.seed}: {said}")
