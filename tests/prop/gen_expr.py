"""Random expressions of the .dyn language, by type. Constants and synaptic ones; small, so that they seldom overflow."""

CURRENTS = ["1 nA", "2nA", "0.5 nA", "300 pA", "1_500 pA", "4 nA", "0.002 uA", "2.5e3 pA"]
TIMES = ["1 ms", "5 ms", "250 us", "2e-3 s", "0.02 s", "1500 ns", "3ms"]


class Names:
    """What an expression may mention: names by type, matrices and lists by shape."""

    def __init__(self):
        self.int, self.real, self.bool, self.current, self.time = [], [], [], [], []
        self.int_fn, self.bool_fn = [], []           # fns of one int, made of anything
        self.matrices, self.lists = [], []           # (name, rows, cols), (name, length)
        self.masks, self.numbers, self.weights = [], [], []  # synaptic lets: bool, real, current

    def copy(self):
        out = Names()
        for field, value in self.__dict__.items():
            setattr(out, field, list(value))
        return out


class Expr:
    """Draws expressions; `pre` and `post` are the shapes of the projection's views, None for constants."""

    def __init__(self, dice, names, pre=None, post=None, draws=True):
        self.dice, self.names, self.pre, self.post, self.draws = dice, names, pre, post, draws

    def pick(self, *choices):
        """One of (weight, function) pairs; zero weights never."""
        total = sum(w for w, _ in choices)
        at = self.dice.random() * total
        for weight, what in choices:
            at -= weight
            if at < 0:
                return what()
        return choices[-1][1]()

    def name(self, names, otherwise):
        return self.dice.choice(names) if names else otherwise()

    @property
    def synaptic(self):
        return self.pre is not None

    # --- int

    def small(self, low=0, high=6):
        n = self.dice.randrange(low, high)
        form = self.dice.random()
        return hex(n) if form < 0.06 else bin(n) if form < 0.1 else str(n)

    def unit(self):
        return self.dice.choice(["pre", "post"])

    def unit_int(self):
        return self.unit() + self.dice.choice(["", "", "", ".x", ".y", ".z", ".p", ".px", ".py", ".pz"])

    def int(self, depth=2):
        d = depth - 1
        if depth <= 0:
            return self.pick((3 if self.synaptic else 0, self.unit_int), (2, self.small),
                             (1, lambda: self.name(self.names.int, self.small)))
        return self.pick(
            (3 if self.synaptic else 0, self.unit_int), (1, self.small), (1, lambda: self.name(self.names.int, self.small)),
            (3, lambda: "%s %s %s" % (self.int(d), self.dice.choice(["+", "-"]), self.factor(d))),
            (1, lambda: "%s * %s" % (self.factor(d), self.factor(d))),
            (2, lambda: "%s %s %s" % (self.factor(d), self.dice.choice(["//", "%"]), self.divisor())),
            (0.5, lambda: "-%s" % self.factor(d)), (0.5, lambda: "abs(%s)" % self.int(d)),
            (0.7, lambda: "%s(%s, %s)" % (self.dice.choice(["min", "max"]), self.int(d), self.int(d))),
            (0.3, lambda: "select(%s, %s, %s)" % (self.bool(d), self.int(d), self.int(d))),
            (0.3, lambda: "%s(%s)" % (self.dice.choice(["floor", "ceil", "round"]), self.real(d))),
            (0.2, lambda: "%s ** 2" % self.factor(d)),
            (1, lambda: "%s(%s)" % (self.dice.choice(self.names.int_fn), self.int(d)) if self.names.int_fn else self.small()),
            (0.4, self.sized))

    def sized(self):
        if self.names.matrices and self.dice.random() < 0.5:
            return "%s(%s)" % (self.dice.choice(["rows", "cols", "len"]), self.dice.choice(self.names.matrices)[0])
        if self.names.lists:
            return "len(%s)" % self.dice.choice(self.names.lists)[0]
        return self.small()

    def divisor(self):
        if self.dice.random() < 0.15:
            return "(%s + abs(%s))" % (self.dice.choice(["1", "2", "-9"]), self.int(0))
        return self.dice.choice(["2", "3", "4", "-3", "5", "0x2"]) if self.dice.random() < 0.98 else "0"

    def factor(self, depth):
        """An int that binds tightly."""
        text = self.int(depth)
        return text if text.replace(".", "").isalnum() else "(%s)" % text

    # --- real

    def decimal(self):
        return self.dice.choice(["0.5", "1.0", "2.25", "1e-1", "3.0", "0.1", "1_0.5", "%.3f" % self.dice.uniform(0, 5)])

    def real(self, depth=2):
        d = depth - 1
        syn = 1 if self.synaptic else 0
        if depth <= 0:
            return self.pick((2 * syn, lambda: self.unit() + self.dice.choice([".u", ".v"])), (1, self.decimal),
                             (1, lambda: self.name(self.names.real, self.decimal)))
        return self.pick(
            (2 * syn, lambda: self.unit() + self.dice.choice([".u", ".v"])), (1, self.decimal), (2 * syn, self.distance),
            (1, lambda: "%s / %s" % (self.factor(d), self.divisor())),
            (2, lambda: "(%s) %s (%s)" % (self.real(d), self.dice.choice(["+", "-", "*"]), self.number(d))),
            (0.4, lambda: "(%s) %s %s" % (self.real(d), self.dice.choice(["//", "%"]), self.dice.choice(["0.5", "0.3", "-1.5", "2"]))),
            (0.7, lambda: "hypot(%s, %s)" % (self.number(d), self.number(d))),
            (0.5, lambda: "sqrt(abs(%s))" % self.number(d)), (0.7, lambda: "exp(-abs(%s))" % self.number(d)),
            (0.5, lambda: "log(1 + abs(%s))" % self.number(d)),
            (0.7, lambda: "gauss(%s, %s)" % (self.number(d), self.dice.choice(["2", "1.5", "0.7", "3.0"]))),
            (0.3, lambda: "(%s) ** %d" % (self.real(d), self.dice.randrange(3))),
            (0.3, lambda: "%s ** -1" % self.dice.choice(["2", "4", "5"])),
            (0.5, lambda: "(%s) / (%s)" % (self.current(d), self.dice.choice(CURRENTS))),
            (0.3, lambda: "(%s) // (%s)" % (self.current(d), self.dice.choice(CURRENTS))),
            (0.5, lambda: "select(%s, %s, %s)" % (self.bool(d), self.real(d), self.number(d))),
            (0.4, lambda: "%s(%s, %s)" % (self.dice.choice(["min", "max"]), self.real(d), self.number(d))),
            (0.4, lambda: self.dice.choice(["sum(%s)", "max(sum(%s), 1.5)"]) % self.name(
                [m[0] for m in self.names.matrices], lambda: "[1, 2.5]")),
            (1 * syn, self.element), (1 * syn if self.draws else 0, lambda: self.name(self.names.numbers, self.decimal)))

    def number(self, depth):
        return self.int(depth) if self.dice.random() < 0.5 else self.real(depth)

    def distance(self):
        torus = self.pre == self.post and self.dice.random() < 0.5
        return "dist(pre, post%s)" % (", torus" if torus else "")

    def size(self, shape):
        out = 1
        for d in shape:
            out *= d
        return out

    def element(self):
        """A cell of a matrix or list that the views fit."""
        n, m = self.size(self.pre), self.size(self.post)
        fits = [name for name, rows, cols in self.names.matrices if rows >= n and cols >= m]
        if fits and self.dice.random() < 0.7:
            name = self.dice.choice(fits)
            return self.dice.choice(["%s[pre, post]", "%s[pre][post]"]) % name
        fits = [name for name, length in self.names.lists if length >= n]
        if fits:
            return "%s[pre]" % self.dice.choice(fits)
        if self.names.matrices:
            name, rows, cols = self.dice.choice(self.names.matrices)
            return "%s[pre %% %d, post %% %d]" % (name, rows, cols)
        return self.decimal()

    # --- quantities

    def current(self, depth=1):
        d = depth - 1
        leaf = lambda: self.name(self.names.current if self.dice.random() < 0.5 else [], lambda: self.dice.choice(CURRENTS))
        if depth <= 0:
            return leaf()
        return self.pick(
            (3, leaf), (1, lambda: "%s * (%s)" % (leaf(), self.number(d))), (1, lambda: "(%s) * %s" % (self.number(d), leaf())),
            (1, lambda: "%s + %s" % (leaf(), self.current(d))), (0.3, lambda: "%s - %s" % (leaf(), leaf())),
            (0.5, lambda: "max(%s, %s)" % (self.current(d), leaf())), (0.3, lambda: "max(0, %s)" % self.current(d)),
            (0.5, lambda: "select(%s, %s, %s)" % (self.bool(d), self.current(d), leaf())),
            (0.3, lambda: "sqrt(%s * %s)" % (leaf(), leaf())), (0.2, lambda: "(%s) * %s / (%s)" % (
                leaf(), self.dice.choice(TIMES), self.time(d))),
            (0.3, lambda: "abs(%s - %s)" % (leaf(), leaf())), (0.2, lambda: "hypot(%s, %s)" % (leaf(), leaf())),
            (0.2, lambda: "%s * (50 Hz * %s)" % (leaf(), self.dice.choice(TIMES))),
            (0.2, lambda: "(%s) %% %s" % (self.current(d), leaf())), (0.1, lambda: "sqrt((%s) ** 2)" % leaf()))

    def positive_current(self, depth=1):
        """A current above 0 as a rule."""
        leaf = self.dice.choice(CURRENTS)
        return self.pick(
            (3, lambda: leaf), (1, lambda: self.name(self.names.current, lambda: leaf)),
            (2, lambda: "%s * (1 + abs(%s))" % (leaf, self.number(depth))),
            (1, lambda: "%s + abs(%s)" % (leaf, self.current(depth))),
            (1 if self.synaptic else 0, lambda: "%s * gauss(%s, 2.5)" % (leaf, self.number(depth))),
            (1, lambda: "select(%s, %s, %s)" % (self.bool(depth), leaf, self.dice.choice(CURRENTS))),
            (0.5 if self.draws else 0, lambda: self.name(self.names.weights, lambda: leaf)),
            (0.1, lambda: self.current(depth)))

    def time(self, depth=1):
        return self.pick((3, lambda: self.dice.choice(TIMES)), (1, lambda: self.name(self.names.time, lambda: "2 ms")),
                         (1, lambda: "%s * (1 + abs(%s))" % (self.dice.choice(TIMES), self.int(depth))),
                         (0.5, lambda: "%d / (%d Hz)" % (self.dice.randrange(1, 4), self.dice.randrange(1, 300))))

    # --- bool

    def bool(self, depth=2):
        d = depth - 1
        op = self.dice.choice(["==", "!=", "<", ">", "<=", ">="])
        compare = [(4, lambda: "%s %s %s" % (self.int(d), op, self.int(d))),
                   (1, lambda: "%s %s %s" % (self.real(d), op, self.number(d))),
                   (0.7, lambda: "%s %s %s" % (self.current(d), op, self.current(d))),
                   (0.3, lambda: "%s > 0" % self.current(d)),
                   (0.7, lambda: "%s in %s .. %s" % (self.int(d), self.small(0, 3), self.small(1, 7))),
                   (0.4, lambda: "%s in %s .. %s" % (self.real(d), self.decimal(), self.number(0))),
                   (0.3, lambda: "%s in %s .. %s" % (self.current(d), self.dice.choice(["0", "1", "0.25", "1 nA"]),
                                                     self.dice.choice(CURRENTS)))]
        if depth <= 0:
            return self.pick(*compare[:2])
        return self.pick(
            *compare, (1.2, lambda: "(%s) and (%s)" % (self.bool(d), self.bool(d))),
            (1.2, lambda: "(%s) or (%s)" % (self.bool(d), self.bool(d))), (1, lambda: "not (%s)" % self.bool(d)),
            (0.3, lambda: "not %s and %s" % (self.pick(*compare), self.pick(*compare))),
            (0.2, lambda: self.dice.choice(["on", "off"])), (0.5, lambda: self.name(self.names.bool, lambda: "on")),
            (0.3, lambda: "select(%s, %s, %s)" % (self.bool(d), self.bool(d), self.bool(d))),
            (0.3, lambda: "%s == %s" % (self.dice.choice(["on", "off"]), "(%s)" % self.bool(d))),
            (0.6, lambda: "%s(%s)" % (self.dice.choice(self.names.bool_fn), self.int(d)) if self.names.bool_fn else "on"),
            (0.8 if self.synaptic and self.draws else 0, lambda: self.name(self.names.masks, lambda: "pre != post")))

    def mask(self, depth=2):
        """A mask of a projection, with and without dice."""
        n, m = self.size(self.pre), self.size(self.post)
        if not self.draws:
            return self.bool(depth)
        plain = Expr(self.dice, self.names, self.pre, self.post, False)
        key = ", key = %d" % self.dice.randrange(4) if self.dice.random() < 0.15 else ""
        probability = self.dice.choice(["0.5", "0.2", "0", "1", "0.85", "0.8 * gauss(%s, 2)" % plain.number(1),
                                        "min(1, abs(%s) / 4)" % plain.int(1)])
        some = plain.bool(1)
        return self.pick(
            (4, lambda: self.bool(depth)), (1.5, lambda: "pre == post"), (1.5, lambda: "pre != post"),
            (3, lambda: "random(%s%s)" % (probability, key)), (1, lambda: "random(0.6) and (%s)" % some),
            (0.7, lambda: "(%s) or random(0.3)" % some), (0.5, lambda: "not random(0.4)"),
            (2, lambda: "fan_in(%d%s)" % (self.dice.randrange(n + 1), key)),
            (1, lambda: "fan_in(%s, %s)" % (self.dice.choice(["0", "1", "min(1, post)"]), self.dice.choice(
                ["pre != post or pre == 0", "on", "pre >= 0", some]))),
            (1, lambda: "fan_out(%d)" % self.dice.randrange(m + 1)),
            (0.6, lambda: "fan_out(%s, post %% 2 == 0)" % self.dice.choice(["1", "pre % 2", "0"])),
            (1, lambda: "fixed_total(%d%s)" % (self.dice.randrange(n * m + 1), key)),
            (0.4, lambda: "fixed_total(%d, %s)" % (self.dice.randrange(2), self.dice.choice(["pre <= post", "on", some]))),
            (0.3, lambda: "fan_in(1, random(0.9)) or post > 99"))
