"""Fuzz the door: `python -m tests.fuzz --count 150000 --seed 1`. Ends with 1, and shows the message, when one breaks the law."""

from __future__ import annotations

import argparse

from tests.fuzz.law import hold

parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
parser.add_argument("--count", type=int, default=150_000, help="how many mutated messages")
parser.add_argument("--seed", type=int, default=1, help="another seed, other messages; the same seed, the same messages")
args = parser.parse_args()
found = hold(args.count, args.seed)
print(f"{args.count} messages, seed {args.seed}: " + ", ".join(f"{count} {fate}" for fate, count in sorted(found.items())))
