"""python3 -m naive NET.dyn [-D NAME=VALUE ...] [--seed N]: the network, or the codes of its errors."""
import argparse
import sys

from .build import Program
from .text import canonical

sys.setrecursionlimit(20000)
parser = argparse.ArgumentParser(prog="naive")
parser.add_argument("net")
parser.add_argument("-D", action="append", default=[])
parser.add_argument("--seed", type=int)
args = parser.parse_args()
program = Program(args.net, [d.split("=", 1) for d in args.D], args.seed)
for code, why in program.codes:
    print(code, why)
if program.codes:
    sys.exit(1)
for section, what in canonical(program).items():
    rows = what if isinstance(what, list) else ["%s: %s" % kv for kv in what.items()]
    for row in rows:
        print(section, row)
