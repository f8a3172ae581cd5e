"""The canonical text of a network, and the same from `dync check --dump=net`."""
import re
from collections import Counter

from .bias import DELAYS


def view_text(path, dims, units):
    return "%s%s:%s" % (path, dims, ",".join(map(str, units)))


def canonical(program):
    """Sections by name: dicts and lists that compare with ==."""
    out = {"board": {}, "bias": {}, "population": [], "input": [], "projection": [], "probe": [], "edges": Counter()}
    grid = program.board["grid"] or [program.board["chips"], 1]
    out["board"] = {"grid": tuple(grid), "seed": program.evaluator.seed, "reserve": float(program.board["reserve"])}
    for bias in program.biases:
        lines = [("slot %d %s" % (i, name or "w%d" % i), True) for i, name in enumerate(bias.slots)]
        lines += [("delay.%s %d ps" % (name, bias.delays[name]), True) for name in DELAYS.values() if bias.delays.get(name)]
        settings = ["%.17g" % bias.settings[name] for name in ("tolerance", "weight.tolerance", "delay.tolerance")]
        out["bias"][bias.path] = (bias.parent.path if bias.parent else None, settings + ["%d" % (bias.unit or 0)],
                                  lines + bias.text())
    for population in program.objects:
        out["population"].append((population.path, population.dims, population.first, population.bias.path,
                                  population.latches + population.rate))
    for units in program.inputs:
        out["input"].append((units.path, units.dims, units.first))
    for projection in program.projections:
        views = [view_text(v.of.path, v.dims, v.units) for v in (projection.pre, projection.post)]
        out["projection"].append((projection.label, views, projection.counts))
        out["edges"] += projection.edges
    for kind, view in program.probes:
        out["probe"].append((kind, view_text(view.of.path, view.dims, view.units)))
    return out


DUMP_VIEW = re.compile(r"^(.*)@(\d+)\[([^\]]*)\]((?:\*\d+)*)$")


def dumped_view(text):
    path, base, dims, strides = DUMP_VIEW.match(text).groups()
    dims, strides = [int(d) for d in dims.split(",")], [int(s) for s in strides.split("*")[1:]]
    units = [int(base)]
    for d, s in zip(dims, strides):
        units = [u + s * i for u in units for i in range(d)]
    return view_text(path, dims, units)


def numbers(text):
    return [int(d) for d in text.split(",")]


class Dump:
    """Reads `--dump=net`."""

    def __init__(self, text):
        self.out = {"board": {}, "bias": {}, "population": [], "input": [], "projection": [], "probe": [], "edges": Counter()}
        self.attrs, self.at = {}, None
        self.terms, self.edges_of = [], {}  # name of the projection by number of the term; edges by that name
        for line in text.split("\n"):
            word = line.split(" ", 1)[0]
            if line.startswith("  "):
                self.detail(line.strip())
            elif word and hasattr(self, "line_" + word):
                getattr(self, "line_" + word)(line)

    def line_target(self, line):
        found = re.match(r"target dynapse2 chips \d+ grid (\d+) x (\d+) seed (\d+) reserve (\S+)", line)
        w, h, seed, reserve = found.groups()
        self.out["board"] = {"grid": (int(w), int(h)), "seed": int(seed), "reserve": float(reserve)}

    def line_bias(self, line):
        found = re.match(r"bias (\S+)(?: : (\S+))? tolerance (\S+) weight (\S+) delay (\S+) unit (\d+) zA$", line)
        name, parent, *settings = found.groups()
        self.at = ("bias", [])
        self.out["bias"][name] = (parent, settings, self.at[1])

    def line_population(self, line):
        path, dims, first, bias = re.match(r"population (.*?)\[([\d, ]+)\] first (\d+) bias (\S+)$", line).groups()
        latches = []
        self.out["population"].append((path, numbers(dims), int(first), bias, latches))
        self.at = ("population", latches)

    def line_input(self, line):
        path, dims, first = re.match(r"input (.*?)\[([\d, ]+)\] first (\d+)", line).groups()
        self.out["input"].append((path, numbers(dims), int(first)))
        self.at = None

    def line_attr(self, line):
        _, number, rest = line.split(" ", 2)
        self.attrs[number] = rest

    def line_projection(self, line):
        name, pre, post = re.match(r"projection (.*) pre (\S+@[^@]*) post (\S+@[^@]*)$", line).groups()
        counts = []
        self.out["projection"].append((name, [dumped_view(pre), dumped_view(post)], counts))
        self.at = ("projection", counts)
        self.edges_of.setdefault(name, Counter())

    def line_probe(self, line):
        _, kind, view = line.split(" ", 2)
        self.out["probe"].append((kind, dumped_view(view)))

    def line_place(self, line):
        self.at = None

    def line_edge(self, line):
        source, target, attr, term, repeat = re.match(r"edge (.*) -> (.*) attr (\d+) term (\d+)(?: x (\d+))?$", line).groups()
        self.out["edges"][source, target, self.attrs[attr]] += int(repeat or 1)
        self.edges_of[self.terms[int(term)]][source, target, self.attrs[attr]] += int(repeat or 1)

    def detail(self, text):
        if not self.at:
            return
        kind, into = self.at
        if kind == "population" and text.startswith("rate "):
            into.append(text)
        elif kind == "population":
            low, high, bits = re.match(r"latches (\d+):(\d+) 0x([0-9a-f]+)$", text).groups()
            into += [int(bits, 16)] * (int(high) - int(low))
        elif kind == "projection":
            dendrite, count = text.split(" ")[:2]
            into.append((dendrite, int(count)))
            self.terms.append(self.out["projection"][-1][0])
        else:
            into.append(text)


def same_line(mine, exact, other):
    """A derived current may differ from the compiler's by rounding; one that hangs on a default only needs its name."""
    if mine == other:
        return True
    if exact:
        return False
    a, b = mine.split(" "), other.split(" ")
    if a[0] != b[0] or b[-1] != "zA":
        return False
    return a[1] == "of" or abs(int(a[1]) - int(b[1])) <= max(1, int(a[1]) // 10 ** 12)


def compare_bias(name, mine, other):
    if mine[:2] != other[:2]:
        return "bias %s: %s, dync %s" % (name, mine[:2], other[:2])
    order = lambda text: text.split(" ")[:2] if text.startswith("slot") else text.split(" ")[:1]
    a, b = sorted(mine[2], key=lambda line: order(line[0])), sorted(other[2], key=order)
    if len(a) != len(b) or any(not same_line(x, exact, y) for (x, exact), y in zip(a, b)):
        return "bias %s: %s, dync %s" % (name, [x for x, _ in a if x not in b], [y for y in b if y not in [x for x, _ in a]])
    return None


def compare(mine, other):
    """What differs between a canonical network and dync's, or None."""
    for section in ("board", "population", "input", "probe"):
        if mine[section] != other[section]:
            return "%s: %s, dync %s" % (section, first_difference(mine[section], other[section]), "")
    if set(mine["bias"]) != set(other["bias"]):
        return "bias sets: %s, dync %s" % (sorted(mine["bias"]), sorted(other["bias"]))
    for name in mine["bias"]:
        fault = compare_bias(name, mine["bias"][name], other["bias"][name])
        if fault:
            return fault
    if len(mine["projection"]) != len(other["projection"]):
        return "%d projections, dync %d" % (len(mine["projection"]), len(other["projection"]))
    if mine["edges"] != other["edges"]:
        return "edges: missing in dync %s; more in dync %s" % (some(mine["edges"] - other["edges"]),
                                                               some(other["edges"] - mine["edges"]))
    for a, b in zip(mine["projection"], other["projection"]):
        if a[1:] != b[1:] or a[0] is not None and a[0] != b[0]:
            return "projection: %s, dync %s" % (a, b)
    return None


def some(edges):
    lines = sorted("%s -> %s %s x %d" % (key + (n,)) for key, n in edges.items())
    return "; ".join(lines[:4]) + (" and %d more" % (len(lines) - 4) if len(lines) > 4 else "") or "none"


def first_difference(a, b):
    if isinstance(a, list) and len(a) == len(b):
        return next("%s, dync %s" % (x, y) for x, y in zip(a, b) if x != y)
    return "%s, dync %s" % (a, b)
