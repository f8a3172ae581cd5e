"""Networks to measure the mapper on, with what is known of them.

A composition is a list of axons (source core, weight, target cores): every core is a population of its own bias set that fills it, so that
the cut of a mapping is the weight of the axons that enter chips. A sheet is one population over a whole board with a placement that is known.
"""
import json
import math
import os
import random
import subprocess
import sys

CORES, NEURONS, HOPS = 4, 256, 7  # cores of a chip, neurons of a core, chips that a packet travels in x and y
SIDE = 32                         # cells of a sheet along a chip
RADIUS = 3


def read_composition(path):
    """First the numbers of cores and axons, then per axon source, weight, the number of targets, and the targets."""
    with open(path) as file:
        numbers = iter(map(int, file.read().split()))
    cores, n = next(numbers), next(numbers)
    axons = []
    for _ in range(n):
        source, weight, targets = next(numbers), next(numbers), next(numbers)
        axons.append((source, weight, [next(numbers) for _ in range(targets)]))
    return cores, axons


def side(cores):
    """Chips in a row of the square board that holds so many cores."""
    return math.ceil(math.sqrt(math.ceil(cores / CORES)))


def in_reach(cores, a, b):
    """Whether packets travel between two cores while chips are filled row by row, every other row backwards."""
    width = side(cores)
    (ya, xa), (yb, xb) = divmod(a // CORES, width), divmod(b // CORES, width)
    xa, xb = xa if ya % 2 == 0 else width - 1 - xa, xb if yb % 2 == 0 else width - 1 - xb
    return abs(xa - xb) <= HOPS and abs(ya - yb) <= HOPS


def make_composition(cores, seed):
    """Two axons of weight 1 to 20 per core to one to four cores in reach, three of four of them near; then the cores change names."""
    dice = random.Random("composition %d %d" % (cores, seed))
    name = list(range(cores))
    dice.shuffle(name)
    axons = []
    for core in range(cores):
        for _ in range(2):
            weight, targets = dice.randrange(1, 21), set()
            for _ in range(dice.randrange(1, 5)):
                near = dice.random() < 0.75
                targets.add(core + dice.randrange(-4, 5) if near else dice.randrange(cores))
            targets = {t for t in targets if 0 <= t < cores and t != core and in_reach(cores, core, t)}
            if targets:
                axons.append((name[core], weight, sorted(name[t] for t in targets)))
    dice.shuffle(axons)
    return cores, axons


def composition_text(cores, axons):
    width = side(cores)
    lines = ["target dynapse2(grid = [%d, %d]);" % (width, math.ceil(cores / CORES / width)), "bias base { weight.w0 = 4 nA; }"]
    for core in range(cores):
        lines.append("bias set%d : base { membrane.tau = dac(%d, %d); }" % (core, 1 + core // 256, core % 256))
        lines.append("population core%d[%d] : set%d;" % (core, NEURONS, core))
    sent, heard = [0] * cores, [0] * cores
    for source, weight, targets in axons:
        for target in targets:
            lines.append("core%d[%d:%d] -> core%d[%d] : ampa(weight = base.w0);" % (
                source, sent[source], sent[source] + weight, target, heard[target] % NEURONS))
            heard[target] += 1
        sent[source] += weight
    return "\n".join(lines) + "\n"


def sheet(width, height):
    """A sheet where every cell hears a disc, and the cut and hops of giving each chip a square of it."""
    text = ("target dynapse2(grid = [%d, %d], seed = 1);\n"
            "bias b { membrane.tau = 20 ms; spike.threshold = 5 nA; weight.w = 2 nA; }\n"
            "population p[%d, %d] : b;\n"
            "p -> p : ampa(pre != post and dist(pre, post) <= %d, weight = b.w);\n" % (width, height, SIDE * height, SIDE * width, RADIUS))
    reach = range(-RADIUS, RADIUS + 1)
    disc = [(x, y) for x in reach for y in reach if x * x + y * y <= RADIUS * RADIUS]
    cut = hops = 0
    for x in range(SIDE * width):
        for y in range(SIDE * height):
            if RADIUS <= x % SIDE < SIDE - RADIUS and RADIUS <= y % SIDE < SIDE - RADIUS:
                continue
            chips = {((x + dx) // SIDE, (y + dy) // SIDE) for dx, dy in disc}
            away = [abs(cx - x // SIDE) + abs(cy - y // SIDE) for cx, cy in chips if 0 <= cx < width and 0 <= cy < height]
            cut += sum(1 for n in away if n)
            hops += sum(away)
    return text, {"cut": cut, "hops": hops}


def shared():
    return os.environ.get("DYNC_SHARED", "../shared")


def board(kind, width, height, scratch):
    """A network of that kind over a board and the cost of its plan; None where the generator of such boards is not at hand."""
    if kind == "disc":
        return sheet(width, height)
    tool, plan = shared() + "/tools/boards.py", os.path.join(scratch, "plan.json")
    if not os.path.exists(tool):
        return None
    made = subprocess.run([sys.executable, "-B", tool, "--grid", "%dx%d" % (width, height), "--kind", kind, "--seed", "1", "--shuffle",
                           "--planted", plan], capture_output=True, text=True, check=True)
    with open(plan) as file:
        return made.stdout, json.load(file)["cost"]
