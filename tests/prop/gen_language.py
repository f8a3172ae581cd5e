"""Random programs that exercise the whole language, seeded. Usage: gen_language.py SEED [DIR]

Most are valid; about one in four has a fault put in (gen_fault). Sizes stay small: the naive evaluator visits every
pair. A program is a list of statements, so that a failing one can be reduced by leaving some out.
"""
import os
import random
import struct
import sys

sys.dont_write_bytecode = True
from gen_expr import CURRENTS, TIMES, Expr, Names  # noqa: E402
import gen_fault                                    # noqa: E402

DENDRITES = ["ampa", "gaba", "nmda", "shunt"]


class Units:
    """A population or an input under a path: its shape and bias set."""

    def __init__(self, path, dims, bias=None):
        self.path, self.dims, self.bias = path, dims, bias


class Bias:
    def __init__(self, path, slots, unit):
        self.path, self.slots, self.unit = path, slots, unit


class Program:
    def __init__(self, seed):
        self.seed, self.files, self.options, self.statements, self.fault = seed, {}, [], [], None

    def text(self):
        """As a file: now and then with a byte order mark, other line ends, comments."""
        dice, text = random.Random("text %d" % self.seed), "\n".join(self.statements) + "\n"
        if dice.random() < 0.1:
            text = "".join(line + dice.choice(["", "  # \u00b5 \u2192 {", "#", "\t"]) + "\n" for line in text.split("\n"))
        if dice.random() < 0.05:
            text = text.replace("\n", "\r\n")
        return ("\ufeff" if dice.random() < 0.05 else "") + text

    def write(self, folder):
        os.makedirs(folder, exist_ok=True)
        for name, data in dict(self.files, **{"net.dyn": self.text()}).items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(data if isinstance(data, bytes) else data.encode("utf-8"))
        return os.path.join(folder, "net.dyn")


def npy(dice, cells, dtype):
    """A version 1 or 2 file of a matrix, in C or Fortran order, either byte order."""
    code = {"i1": "b", "i2": "h", "i4": "i", "i8": "q", "f4": "f", "f8": "d", "u1": "B"}[dtype]
    order, fortran = dice.choice("<>") if dtype[1] != "1" else "|", dice.random() < 0.3
    rows, cols = len(cells), len(cells[0])
    flat = [cells[r][c] for c in range(cols) for r in range(rows)] if fortran else [v for row in cells for v in row]
    header = "{'descr': '%s%s', 'fortran_order': %s, 'shape': (%d, %d), }" % (order, dtype, fortran, rows, cols)
    version = dice.choice([1, 1, 2])
    fixed = 10 if version == 1 else 12
    header += " " * (-(fixed + len(header) + 1) % 64) + "\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(header)) + \
        header.encode() + struct.pack("%s%d%s" % ("<" if order == "|" else order, rows * cols, code), *flat)


def dice_text(dice, d):
    """A dimension, as a constant expression."""
    return dice.choice(["%d + 1" % (d - 1), "min(%d, 9)" % d, "select(2 > 1, %d, 99)" % d, "len([i for i in 0:%d])" % d, "max(%d, 1)" % d])


class Builder:
    def __init__(self, seed, labels=0.75, faults=0.25):
        self.dice, self.program, self.labels, self.faults = random.Random("language %d" % seed), Program(seed), labels, faults
        self.names, self.biases, self.populations, self.inputs = Names(), [], [], []
        self.counter, self.out = 0, self.program.statements

    def new(self, stem):
        self.counter += 1
        return "%s%d" % (stem, self.counter)

    def chance(self, p):
        return self.dice.random() < p

    def constant(self):
        return Expr(self.dice, self.names, draws=False)

    # --- constants

    def scalars(self):
        dice = self.dice
        for _ in range(dice.randrange(0, 4)):
            name, kind = self.new("k"), dice.choice(["int", "int", "real", "bool", "current", "time"])
            value = {"int": lambda: str(dice.randrange(1, 5)), "real": lambda: self.constant().real(1), "time": lambda: dice.choice(TIMES),
                     "bool": lambda: self.constant().bool(1), "current": lambda: dice.choice(CURRENTS)}[kind]()
            if self.chance(0.4):
                self.out.append("param %s%s = %s;" % (name, ": " + kind if self.chance(0.5) else "", value))
                if self.chance(0.4) and kind in ("int", "real"):
                    self.program.options += ["-D", "%s=%d" % (name, dice.randrange(1, 5))]
                elif self.chance(0.3) and kind == "current":
                    self.program.options += ["-D", "%s=%s" % (name, dice.choice(["3 nA", "1.5 nA"]))]
            else:
                self.out.append("let %s = %s;" % (name, value))
            getattr(self.names, kind).append(name)
        if self.chance(0.1):
            name = self.new("k")
            self.out.append("param %s%s = \"%s\";" % (name, dice.choice(["", ": string"]), dice.choice(["a", "b", "a\\tb"])))
            flag = self.new("k")
            self.out.append("let %s = %s %s \"a\";" % (flag, name, dice.choice(["==", "!="])))
            self.names.bool.append(flag)
        if self.chance(0.1):
            name = self.new("k")
            self.out.append("let %s = %s;" % (name, dice.choice(["3 mV + 1 V > 2 V", "5 kHz * 1 ms == 5", "200 uV / 0.1 mV in 1 .. 3",
                                                               "(2 V) ** 2 / (1 V) < 5000 mV", "1 MHz >= 1000 kHz", "sqrt(4 V * 1 V) == 2000 mV"])))
            self.names.bool.append(name)

    def tables(self):
        dice = self.dice
        if self.chance(0.4):
            name, n = self.new("t"), dice.randrange(1, 8)
            if self.chance(0.5):
                self.out.append("let %s = [%s];" % (name, ", ".join(str(dice.randrange(0, 5)) for _ in range(n))))
            else:
                self.out.append("let %s = [%s for i in %d:%d];" % (name, dice.choice(["i", "i * 2 + 1", "i / 2", "(i - 3) % 4"]),
                                                                 dice.choice([0, 0, 1]), n + 1))
            self.names.lists.append((name, n))
        if self.chance(0.2):
            name, n = self.new("t"), dice.randrange(1, 4)
            self.out.append("let %s = [%s];" % (name, ", ".join(dice.choice(CURRENTS) for _ in range(n))))
            self.names.current.append("%s[%d]" % (name, dice.randrange(n)))
            self.names.weights.append("%s[%s %% %d]" % (name, dice.choice(["pre", "post", "(pre + post)"]), n))
        for _ in range(dice.randrange(0, 3)):
            self.matrix(dice.randrange(1, 9), dice.randrange(1, 9))

    def matrix(self, rows, cols):
        dice, name = self.dice, self.new("m")
        kind = dice.choice(["literal", "csv", "npy", "comprehension"])
        whole = self.chance(0.5)
        cells = [[dice.choice([0, 0, 1, -1, 2, 3]) if whole else round(dice.uniform(-2, 3), 2) for _ in range(cols)]
                 for _ in range(rows)]
        if kind == "comprehension":
            self.out.append("let %s = [[(r * %d + c) %% 5 for c in 0:%d] for r in 0:%d];" % (name, cols, cols, rows))
        elif kind == "literal":
            self.out.append("let %s = [%s];" % (name, ", ".join("[%s]" % ", ".join(map(str, row)) for row in cells)))
        else:
            folder = dice.choice(["", "", "data/"])
            file = "%s%s.%s" % (folder, name, kind)
            if kind == "npy":
                if not whole:
                    cells = [[float(v) for v in row] for row in cells]
                self.program.files[file] = npy(dice, cells, dice.choice(["i1", "i2", "i4", "i8"]) if whole else dice.choice(["f4", "f8"]))
            else:
                text = "# a comment\n" if self.chance(0.2) else ""
                text += ",".join("c%d" % c for c in range(cols)) + "\n" if self.chance(0.3) else ""
                text += "".join(dice.choice([",", ", "]).join(map(str, row)) + dice.choice(["\n", "\n", "\n\n"]) for row in cells)
                self.program.files[file] = text.replace("\n", "\r\n") if self.chance(0.1) else text
            self.out.append('let %s = load("%s");' % (name, dice.choice(["", "", "./"]) + file))
        self.names.matrices.append((name, rows, cols))

    def functions(self):
        dice = self.dice
        if self.chance(0.4):
            name = self.new("f")
            body = dice.choice(["abs(a - 2)", "(a * 3 + 1) % 5", "select(a > 2, a, 1)", "min(a, %d)" % dice.randrange(1, 5)])
            self.out.append("fn %s(a%s) = %s;" % (name, dice.choice(["", ": int"]), body))
            self.names.int_fn.append(name)
            if self.chance(0.4):
                outer = self.new("f")
                self.out.append("fn %s(a, b: int = 2) = %s(a + b) + %s(b);" % (outer, name, name))
                self.names.int_fn.append(outer)
                self.names.int.append("%s(%d, b = 1)" % (outer, dice.randrange(4)))
        if self.chance(0.2):
            name = self.new("h")
            self.out.append("fn %s(c: bool, a = 0.5) = %s;" % (name, dice.choice(["c and not random(a)", "select(c, random(a), pre == post)", "c or pre.u > a"])))
            self.names.masks.append("%s(%s)" % (name, dice.choice(["random(0.6)", "pre <= post", "on, 0.3", "c = pre != 1, a = 1"])))
        if self.chance(0.4):
            name = self.new("g")
            body = dice.choice(["abs(pre - post) <= a", "(pre + a) % 3 == post % 3", "a > 1", "pre.x + a >= post.x"])
            self.out.append("fn %s(a: int, b = 1) = %s;" % (name, body))
            self.names.bool_fn.append(name)
        if self.chance(0.3):
            name = self.new("r")
            self.out.append("fn %s(a) = random(0.6)%s;" % (name, dice.choice([" and pre + a != post", " or a == pre", ""])))
            self.names.bool_fn.append(name)

    # --- bias sets

    def bias(self, out, path="", parents=None):
        dice, name = self.dice, self.new("s")
        parents = self.biases if parents is None else parents
        parent = dice.choice(parents) if parents and self.chance(0.4) else None
        lines = []
        for text in ["membrane.tau = %d ms", "spike.refractory = %d ms", "ampa.tau = %d ms", "nmda.tau = %d ms", "gaba.tau = %d ms",
                     "shunt.tau = %d ms", "adaptation.tau = %d ms", "pulse = %d us", "spike.threshold = %d nA", "adaptation.weight = %d pA",
                     "adaptation.pulse = %d us", "nmda.threshold = %d nA", "SOAD_CASC_P = dac(5, %d)", "SOHO_VB_P = %d nA"]:
            if self.chance(0.25):
                lines.append(text % dice.randrange(1, 40))
        for text in ["membrane.gain", "ampa.gain", "gaba.gain", "nmda.gain", "shunt.gain", "adaptation.gain"]:
            if self.chance(0.15):
                lines.append("%s = %s" % (text, dice.choice(["4", "2.5", "dac(3, 20)", "3 nA"])))
        for text in ["dc", "stp.weight", "stp.strength"]:
            if self.chance(0.15):
                lines.append("%s = %s" % (text, dice.choice(["dac(2, 7)", "2 nA", self.constant().positive_current(0)])))
        slots = dict(parent.slots) if parent else {}
        for slot in dice.choice([["a"], ["a", "b"], ["a", "b", "c", "d"], ["w0", "w1"], ["w2"], ["ff", "w3"], []]):
            pinned = slot in ("w0", "w1", "w2", "w3")
            free = [i for i in range(4) if i not in slots.values()]
            if slot not in slots and not pinned and not free:
                continue
            lines.append("weight.%s = %s" % (slot, dice.choice(["1 nA", "2 nA", "dac(3, %d)" % dice.randrange(1, 200), "4 nA"])))
            slots.setdefault(slot, int(slot[1]) if pinned else (free or [0])[0])
        if self.chance(0.3):
            lines.append("weight.unit = %s" % dice.choice(CURRENTS))
        unit = bool(lines and lines[-1].startswith("weight.unit")) or bool(parent and parent.unit)
        if self.chance(0.3):
            lines.append("%s = 0.%d" % (dice.choice(["tolerance", "weight.tolerance", "delay.tolerance"]), dice.randrange(10, 99)))
        if self.chance(0.15):
            lines.append("delay.%s = %s" % (dice.choice(["none", "precise", "mismatched"]), dice.choice(TIMES)))
        out.append("bias %s%s { %s}" % (name, " : " + parent.path if parent else "", "".join(line + "; " for line in lines)))
        made = Bias(path + name, slots, unit)
        self.biases.append(made)
        return made

    # --- units

    def dims(self, most=9):
        dice = self.dice
        n = dice.choice([1, 1, 1, 2, 2, 3])
        if n == 1:
            return [dice.randrange(1, most)]
        return [dice.randrange(1, 4) for _ in range(n)]

    def dims_text(self, dims):
        fits = [str(d) if not self.chance(0.1) else dice_text(self.dice, d) for d in dims]
        return ", ".join(fits)

    def latches(self):
        some = [text for text in ["model = exponential", "model = threshold", "dc = on", "adaptation = on", "nmda_gate = on",
                                  "latch.de_mux = on", "alpha_ampa = on", "alpha_nmda = off", "conductance = on", "homeostasis = soma",
                                  "homeostasis = dendrite", "homeostasis = off", "kill = off", "latch.coho_ca_mem = on", "ampa_diffusion = on",
                                  "latch.ho_active = on", "kill = 1 > 2"] if self.chance(0.07)]
        seen, out = set(), []
        for text in some:
            if text.split(" ")[0] not in seen:
                seen.add(text.split(" ")[0])
                out.append(text)
        return " { %s}" % "".join(text + "; " for text in out) if out else ";"

    def population(self):
        units = Units(self.new("p"), self.dims(), self.dice.choice(self.biases))
        self.populations.append(units)
        self.out.append("population %s[%s] : %s%s" % (units.path, self.dims_text(units.dims), units.bias.path, self.latches()))

    def input(self):
        dice, units, source = self.dice, Units(self.new("i"), self.dims()), ""
        if self.chance(0.05) and not any("= dvs" in line for line in self.out):  # a chip has one camera interface
            units.dims = [dice.randrange(1, 5), dice.randrange(1, 5)]
            source = " = dvs(%s, origin = [%d, %d], pool = %s, polarity = %s)" % (
                dice.choice(["davis346", "davis240c", "dvs128"]), dice.randrange(40), dice.randrange(40), dice.choice(["[16, 16]", "8", "[4, 2]"]),
                dice.choice(["both", "on", "off"]))
        elif self.chance(0.02) and not any("= bioamp" in line for line in self.out):
            units.dims, source = [8, 8], " = bioamp(gain = %d)" % dice.randrange(1, 4)
        self.inputs.append(units)
        self.out.append("input %s[%s]%s;" % (units.path, self.dims_text(units.dims), source))

    def view(self, units, loop=None):
        """(text, shape) of the whole or a part; `loop` is (name, turns) of a loop variable."""
        dice = self.dice
        if self.chance(0.6) and not loop:
            return units.path, units.dims
        subs, shape = [], []
        for axis, d in enumerate(units.dims):
            kind = dice.randrange(6)
            if loop and loop[1] <= d and not any(loop[0] in sub for sub in subs):
                subs.append(loop[0])
            elif kind == 0:
                subs.append(str(dice.randrange(d)))
            elif kind == 1:
                subs.append(":")
                shape.append(d)
            elif kind == 2 and axis and self.chance(0.5):  # the rest is taken whole
                shape += units.dims[axis:]
                break
            elif kind == 3:
                step = dice.randrange(1, 4)
                subs.append(dice.choice(["::%d", "0::%d", ":%d:%%d" % d]) % step)
                shape.append((d + step - 1) // step)
            else:
                low = dice.randrange(d)
                high, step = dice.randrange(low, d) + 1, dice.choice([1, 1, 2])
                subs.append("%d:%d%s" % (low, high, ":2" if step == 2 else ""))
                shape.append((high - low + step - 1) // step)
        return ("%s[%s]" % (units.path, ", ".join(subs)) if subs else units.path), shape or [1]

    # --- projections

    def slots(self, bias):
        named = sorted(bias.slots, key=lambda s: bias.slots[s])
        some = self.dice.sample(named, self.dice.randrange(1, len(named) + 1)) if named and self.chance(0.8) else ["w%d" % self.dice.randrange(4)]
        taken, out = set(), []
        for slot in some:
            at = bias.slots.get(slot, int(slot[1]) if slot[0] == "w" else 0)
            if at not in taken:
                taken.add(at)
                out.append("%s.%s" % (bias.path, slot))
        return " + ".join(out)

    def weight(self, expr, bias):
        return expr.pick((3, lambda: self.slots(bias)), (4, lambda: expr.positive_current()),
                         (2 if bias.unit else 0, lambda: "1 + abs(%s)" % expr.number(1)),
                         (0.4 if len(bias.slots) > 1 else 0, lambda: "select(%s, %s, %s)" % (expr.bool(1), self.slots(bias), self.slots(bias))))

    def synapse(self, expr, bias, mask=None):
        dice = self.dice
        args = ["weight = " + self.weight(expr, bias)]
        if self.chance(0.25):
            args.append("delay = " + expr.pick((3, expr.time), (0.4, lambda: "0"), (0.4, lambda: "0 ms"), (1, lambda: dice.choice(
                ["none", "precise", "mismatched", "both"]))))
        if self.chance(0.2):
            args.append("stp = " + expr.pick((2, lambda: dice.choice(["on", "off"])), (1, lambda: expr.bool(1))))
        if self.chance(0.25):
            args.append("repeat = " + expr.pick((2, lambda: expr.small(0, 4)), (1, lambda: "abs(%s) %% 3" % expr.int(1))))
        if self.chance(0.2):
            args.append("share = " + dice.choice(["on", "off", "off", "not on"]))
        dice.shuffle(args)
        mask = expr.mask() if mask is None and self.chance(0.85) else mask
        return "%s(%s)" % (dice.choice(DENDRITES), ", ".join(([mask] if mask else []) + args))

    def label(self, name):
        """A label or none; laws want one before all that may roll dice."""
        return name + ": " if self.chance(self.labels) else ""

    def projection(self, pre, post, indent="", loop=None):
        """The text of one projection; pre and post are (text, shape), post_bias known by the units."""
        (pre_text, pre_shape), (post_text, post_shape), bias = pre, post[:2], post[2]
        expr = Expr(self.dice, self.names, pre_shape, post_shape)
        if loop:
            expr.names = self.names.copy()
            expr.names.int += [loop[0]] * 2
        terms = [self.synapse(expr, bias) for _ in range(self.dice.choice([1, 1, 1, 2, 3]))]
        name = self.label(self.new("l"))
        return "%s%s%s -> %s : %s;" % (indent, name, pre_text, post_text, ", ".join(terms))

    def any_projection(self, loop=None, indent=""):
        pre, post = self.dice.choice(self.populations + self.inputs), self.dice.choice(self.populations)
        pre_view, post_view = self.view(pre), self.view(post, loop)
        pre_view = self.view(pre, loop) if loop and self.chance(0.3) else pre_view
        return self.projection(pre_view, post_view + (post.bias,), indent, loop)

    def conv(self):
        """A kernel over two maps that fit."""
        dice = self.dice
        h, w, sy, sx = dice.randrange(1, 5), dice.randrange(1, 5), dice.randrange(1, 3), dice.randrange(1, 3)
        rows, cols = dice.randrange(1, min(h, 3) + 1), dice.randrange(1, min(w, 3) + 1)
        valid = self.chance(0.3)
        out = [(h - rows) // sy + 1, (w - cols) // sx + 1] if valid else [-(-h // sy), -(-w // sx)]
        pre, post, kernel, bias = self.new("i"), self.new("p"), self.new("m"), dice.choice(self.biases)
        self.out.append("input %s[%d, %d];" % (pre, h, w))
        self.out.append("population %s[%d, %d] : %s;" % (post, out[0], out[1], bias.path))
        self.out.append("let %s = [%s];" % (kernel, ", ".join("[%s]" % ", ".join(
            str(dice.choice([0, 1, -1, 2, 3, -2])) for _ in range(cols)) for _ in range(rows))))
        stride = "" if sy == sx == 1 else ", stride = %s" % (sy if sy == sx else "[%d, %d]" % (sy, sx))
        call = "conv(%s%s%s)" % (kernel, stride, ", pad = valid" if valid else dice.choice(["", ", pad = same"]))
        if self.chance(0.6):
            name = self.new("c")
            self.out.append("let %s = %s;" % (name, call))
            call = name
        self.out.append("%s: %s -> %s : ampa(%s > 0, weight = %s * 1 nA), gaba(%s < 0, weight = -%s * 500 pA);" % (
            self.new("l"), pre, post, call, call, call, call))
        self.populations.append(Units(post, out, bias))
        self.inputs.append(Units(pre, [h, w]))

    def pairs(self):
        dice = self.dice
        pre, post = dice.choice(self.populations + self.inputs), dice.choice(self.populations)
        n, m = Expr.size(None, pre.dims), Expr.size(None, post.dims)
        some = sorted({(dice.randrange(n), dice.randrange(m)) for _ in range(dice.randrange(1, 9))}, key=lambda _: dice.random())
        file = self.new("e") + ".csv"
        self.program.files[file] = dice.choice(["", "pre,post\n"]) + "".join("%d,%d\n" % pair for pair in some)
        expr = Expr(dice, self.names, pre.dims, post.dims)
        mask = dice.choice(['pairs("%s")', 'pairs("%s") and pre != post', 'not pairs("%s")', 'pairs("%s") or random(0.1)']) % file
        self.out.append("%s: %s -> %s : %s;" % (self.new("l"), pre.path, post.path, self.synapse(expr, post.bias, mask)))

    def synaptic_lets(self):
        """Names for expressions of a pair: any views will do."""
        dice, plain = self.dice, Expr(self.dice, self.names.copy(), [1], [1], False)
        for kind, draw in (("masks", lambda: dice.choice([plain.bool(1), "random(0.5)", "pre <= post", "fan_in(1) or " + plain.bool(1)])),
                           ("numbers", lambda: dice.choice([plain.number(1), "pre / 2", "dist(pre, post)", "select(random(0.5), 1.5, 2)"])),
                           ("weights", lambda: "1 nA * (1 + abs(%s))" % plain.number(1))):
            if self.chance(0.35):
                name = self.new("v")
                self.out.append("let %s = %s;" % (name, draw()))
                getattr(self.names, kind).append(name)

    def loop(self):
        dice, name = self.dice, self.new("n")
        rows = [p for p in self.populations if p.dims[0] > 1]
        if not rows:
            return
        turns = dice.choice(rows).dims[0]
        low = dice.choice([0, 0, 1]) if turns > 1 else 0
        lines = ["for %s in %d:%d%s {" % (name, low, turns, dice.choice(["", "", ":2"]))]
        saved, self.names = self.names, self.names.copy()
        if self.chance(0.4):
            lines.append("    let %s = (%s + 1) %% %d;" % (name + "next", name, turns))
            self.names.int.append(name + "next")
        if self.chance(0.2):
            mask = self.new("v")
            lines.append("    let %s = %s;" % (mask, dice.choice(["random(0.5)", "pre %% 2 == %s %% 2" % name, "abs(pre - post) == %s" % name])))
            self.names.masks.append(mask)
        for _ in range(dice.randrange(1, 3)):
            lines.append(self.any_projection((name, turns), "    "))
        if self.chance(0.3) and turns > 1:
            ring = dice.choice([p for p in self.populations if p.dims[0] == turns] or rows)
            lines.append("    %s%s[%s] -> %s[(%s + 1) %% %d] : nmda(%s, weight = 1 nA, delay = 3 ms);" % (
                self.label(self.new("l")), ring.path, name, ring.path, name, min(turns, ring.dims[0]), dice.choice(["random(0.7)", "fan_in(1)", "pre == post"])))
        if self.chance(0.2):
            lines.append("    assert %s >= 0;" % name)
        if self.chance(0.3):
            lines += ["    if %s %% 2 == 0 {" % name, self.any_projection((name, turns), "        "), "    } else {",
                      self.any_projection((name, turns), "        "), "    }"]
        if self.chance(0.25):
            inner = self.new("n")
            lines += ["    for %s in 0:2 {" % inner, self.any_projection((name, turns), "        "), "    }"]
        self.names = saved
        self.out.append("\n".join(lines + ["}"]))

    def kernels(self):
        """Orientations: one kernel of a list per turn, as in front of a camera."""
        dice, n, h, w = self.dice, self.dice.randrange(1, 4), self.dice.randrange(1, 4), self.dice.randrange(1, 4)
        pre, post, table, bias = self.new("i"), self.new("p"), self.new("m"), dice.choice(self.biases)
        rows, cols = dice.randrange(1, 4), dice.randrange(1, 4)
        cell = dice.choice([lambda: str(dice.randrange(-2, 3)), lambda: "%.1f" % dice.uniform(-2, 2), lambda: dice.choice(["1 nA", "2 nA", "-1 nA"])])
        kernels = ["[%s]" % ", ".join("[%s]" % ", ".join(cell() for _ in range(cols)) for _ in range(rows)) for _ in range(n)]
        unit = "" if "nA" in kernels[0] else " * 1 nA"
        self.out += ["input %s[%d, %d];" % (pre, h, w), "population %s[%d, %d, %d] : %s;" % (post, n, h, w, bias.path),
                     "let %s = [%s];" % (table, ", ".join(kernels)),
                     "for o in 0:%d {\n    let k = conv(%s[o]);\n    %s%s -> %s[o] : ampa(k > 0, weight = k%s), gaba(k < 0, weight = -k%s);\n}" % (
                         n, table, self.label(self.new("l")), pre, post, unit, unit)]

    def condition(self):
        word = self.constant().bool(1)
        lines = ["if %s {" % word, self.any_projection(None, "    ")]
        if self.chance(0.6):
            lines += ["} else%s {" % (" if %s" % self.constant().bool(1) if self.chance(0.4) else ""), self.any_projection(None, "    ")]
        self.out.append("\n".join(lines + ["}"]))

    # --- nets

    def net(self):
        """A net with ports, and one to three instances; a nested net inside some."""
        dice, name = self.dice, self.new("net")
        dims = dice.choice([["n"], ["n"], ["2", "n"]])
        bias = Bias("b", {}, False)
        saved, self.names = self.names, self.names.copy()
        self.names.int += ["n"]
        self.names.masks, self.names.weights, self.names.numbers = [], [], []
        n = dice.randrange(1, 4)
        port = self.chance(0.6)
        lines = ["net %s(b: bias, n%s = %d%s) {" % (name, dice.choice(["", ": int"]), n, ", src: view" if port else "")]
        lines.append("    population a[%s] : b%s" % (", ".join(dims), self.latches()))
        own = [Units("a", dims, bias)]
        if self.chance(0.5):
            lines.append("    population c[2] : b;")
            own.append(Units("c", ["2"], bias))
        if self.chance(0.3):
            lines.append("    bias z : b { membrane.tau = n * 1 ms; weight.w1 = 3 nA; }\n    population d[n] : z;")
        if self.chance(0.4):
            lines.append("    input go[%s];\n    %sgo -> a : %s(random(0.7), weight = b.w%d);" % (
                dice.choice(["2", "n", "n + 1"]), self.label("s"), dice.choice(DENDRITES), dice.randrange(4)))
        if self.chance(0.3):
            lines.append("    let near = abs(pre - post) <= n;")
            self.names.masks.append("near")
        if port:
            lines.append("    %ssrc -> a : %s(%s, weight = %s);" % (self.label("x"), dice.choice(DENDRITES), dice.choice(
                ["random(0.5)", "pre % 2 == post % 2", "post == pre or n == 1"]), Expr(dice, self.names, [1], [1], False).positive_current(0)))
            if self.chance(0.3):
                lines.append("    y: src -> a[0] : ampa(random(0.5), weight = 1 nA);")
        for _ in range(dice.randrange(0, 3)):
            post = dice.choice(own)
            expr = Expr(dice, self.names, [1], [2])
            lines.append("    %s%s -> %s : %s;" % (self.new("q") + ": ", dice.choice(own).path, post.path, "%s(%s, weight = %s)" % (
                dice.choice(DENDRITES), dice.choice([expr.bool(1), "random(0.5)", "pre != post", "fan_in(1)"]), dice.choice(
                    ["b.w0", "b.w1 + b.w2", "2 nA"]))))
        if self.chance(0.3):
            lines += ["    for j in 0:n {", "        w: a[%s] -> a : nmda(random(0.5), weight = 1 nA);" % ("j" if len(dims) == 1 else "0, j"), "    }"]
        nested = dice.choice([0, 0, 0, 0, 1, 2])
        if nested:
            lines += ["    net deep(k: int) {", "        population u[k] : b;", "        r: u -> u : gaba(random(0.5) and pre != post, weight = b.w3);",
                      "    }", "    use g%s = deep(k = n);" % ("" if nested == 1 else "[2]")]
        if self.chance(0.2):
            lines.append("    probe a : spikes;")
        if self.chance(0.2):
            lines.append("    assert n > 0, \"n\";")
        self.names = saved
        self.out.append("\n".join(lines + ["}"]))
        self.instances(name, n, dims, port, nested)

    def instances(self, name, n, dims, port, nested):
        dice = self.dice
        for _ in range(dice.randrange(1, 3)):
            instance, bias = self.new("u"), dice.choice(self.biases)
            count = dice.choice([None, None, 1, 2])
            size = dice.randrange(1, 4) if self.chance(0.6) else n
            args = [bias.path] + (["n = %d" % size] if size != n else [])
            if port:
                args.append("src = %s" % self.view(dice.choice(self.inputs + self.populations))[0])
            self.out.append("use %s%s = %s(%s);" % (instance, "[%d]" % count if count else "", name, ", ".join(args)))
            for i in range(count or 1):
                path = "%s%s.a" % (instance, "[%d]" % i if count else "")
                self.populations.append(Units(path, [size if d == "n" else int(d) for d in dims], bias))
                if nested:
                    inner = "%s.g%s.u" % (path[:-2], "" if nested == 1 else "[%d]" % dice.randrange(2))
                    self.populations.append(Units(inner, [size], bias))

    # --- imports

    def imports(self):
        dice, name = self.dice, self.new("lib")
        folder = dice.choice(["", "lib/"])
        lines = ["# a library", "let width = %d;" % dice.randrange(1, 4), "let close = abs(pre - post) <= width;", "let _hidden = 2;",
                 "fn ring(n) = min((pre - post) % n, (post - pre) % n);", "fn luck(p) = random(p) and pre >= 0;",
                 "bias cell { membrane.tau = 7 ms; weight.x = 3 nA; weight.unit = 1 nA; }", "assert width > 0;",
                 "net pair(n: int = 2, b: bias = cell) {", "    population a[n] : b;", "    a -> a : ampa(pre != post, weight = b.w0);", "}"]
        if self.chance(0.4):
            self.program.files[folder + "k_%s.csv" % name] = "1,2\n3,4\n"
            lines.append('let table = load("k_%s.csv");' % name)
            self.names.matrices.append((name + ".table", 2, 2))
        if self.chance(0.3):
            self.program.files[folder + name + "_base.dyn"] = "let deep = %d;\nfn twice(a) = 2 * a;\n" % dice.randrange(1, 4)
            lines += ['import "%s_base.dyn" as base;' % name, "let more = base.twice(base.deep);"]
            self.names.int.append(name + ".more")
        self.program.files[folder + name + ".dyn"] = "\n".join(lines) + "\n"
        self.out.append('import "%s%s.dyn" as %s;' % (folder, name, name))
        self.names.int.append(name + ".width")
        self.names.masks.append(name + ".close")
        self.biases.append(Bias(name + ".cell", {"x": 0}, True))
        if self.chance(0.2):
            again = self.new("lib")
            self.out.append('import "%s%s.dyn" as %s;' % (folder, name, again))
            self.names.masks.append(again + ".close")
            self.biases.append(Bias(again + ".cell", {"x": 0}, True))
        if self.chance(0.6):
            self.out.append("use %s = %s.pair(%s);" % (self.new("u"), name, dice.choice(["", "n = 3", "n = %s.width" % name])))
        return name

    def library_use(self, name):
        pre, post = self.dice.choice(self.inputs + self.populations), self.dice.choice(self.populations)
        mask = self.dice.choice(["%s.ring(5) <= %s.width", "%s.close and %s.luck(0.5)", "%s.luck(0.3) or %s.luck(0.4)"]) % (name, name)
        self.out.append("%s: %s -> %s : ampa(%s, weight = 1 nA);" % (self.new("l"), pre.path, post.path, mask))

    # --- the rest

    def settings(self):
        if self.chance(0.05) and not any(line.startswith("set chip") for line in self.out):
            self.out.append("set chip[%s] { %s }" % (self.dice.choice(["0", ":"]), self.dice.choice(["PG_BUF_N = dac(1, 50);", "shared01.PG_BUF_N = dac(5, 255);"])))
        for _ in range(self.dice.randrange(0, 3)):
            view = ", ".join(self.view(self.dice.choice(self.populations))[0] for _ in range(self.dice.choice([1, 1, 2])))
            latches = self.latches()
            if latches != ";":
                self.out.append("set %s%s" % (view, latches))

    def probes(self):
        for units in self.populations + self.inputs:
            if self.chance(0.2):
                self.out.append("probe %s : spikes;" % self.view(units)[0])
        if self.chance(0.3):
            self.out.append("probe %s : %s;" % (self.dice.choice(self.populations).path, self.dice.choice(
                ["membrane", "ampa_current", "spikes, calcium", "adaptation"])))
        if self.chance(0.3):
            self.out.append("place %s : %s;" % (self.dice.choice(self.populations).path, self.dice.choice(
                ["chip(0)", "core(0, 1)", "together(chip)", "spread(cores = 1)", "at(0, 1, 3)"])))
        if self.chance(0.2):
            self.out.append("test \"runs\" { run %s; expect rate(%s) >= 0 Hz; }" % (self.dice.choice(["5 ms", "0.2 s"]), self.populations[0].path))

    def target(self):
        dice = self.dice
        args = []
        if self.chance(0.8):
            args.append("seed = %d" % dice.choice([0, 1, 42, dice.randrange(1 << 40), (1 << 63) - 1]))
        args.append(dice.choice(["chips = 1", "chips = 1", "grid = [1, 1]", "chips = %d" % dice.randrange(2, 5), "grid = [2, 2]"]))
        if self.chance(0.1):
            args.append("reserve = 0.%d" % dice.randrange(1, 5))
        if self.chance(0.1):
            self.program.options += ["--seed", str(dice.randrange(1 << 62))]
        dice.shuffle(args)
        self.out.append("target dynapse2(%s);" % ", ".join(args))

    def build(self):
        dice = self.dice
        library = None
        self.target()
        self.scalars()
        self.tables()
        self.functions()
        if self.chance(0.25):
            library = self.imports()
        for _ in range(dice.randrange(1, 4)):
            self.bias(self.out)
        for _ in range(dice.randrange(1, 4)):
            self.population()
        for _ in range(dice.randrange(1, 3)):
            self.input()
        if self.chance(0.4):
            self.net()
        if self.chance(0.2):
            dice.choice([self.conv, self.kernels])()
        self.synaptic_lets()
        steps = [(6, lambda: self.out.append(self.any_projection())), (1.2, self.loop), (0.8, self.condition), (0.7, self.pairs),
                 (0.5, self.settings), (0.4, self.scalars), (1 if library else 0, lambda: self.library_use(library))]
        for _ in range(dice.randrange(1, 6)):
            self.constant().pick(*steps)
        self.settings()
        self.probes()
        if self.chance(self.faults):
            gen_fault.inject(self)
        return self.program


def generate(seed, **how):
    return Builder(seed, **how).build()


if __name__ == "__main__":
    made = generate(int(sys.argv[1]))
    if len(sys.argv) > 2:
        made.write(sys.argv[2])
    sys.stdout.write("# dync %s\n%s" % (" ".join(made.options), made.text()))
