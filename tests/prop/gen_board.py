"""Random networks on boards, planned chip by chip, so that they fit by construction.

Every chip of the plan holds a module of populations: bias set by bias set on cores of their own, one population behind the other.
A source reaches its own chip and few others, with one word for what its edges share there and one for the rest. `place` lines,
probes and inputs say or ask only what holds in the plan; `reserve` and rates are drawn too.
"""
import math

from net_parts import CELLS, CORES, NEURONS, Builder, cores_for, profile

BOARDS = [(1, 1), (2, 1), (1, 2), (4, 1), (2, 2), (1, 4), (3, 3), (9, 1), (1, 9), (7, 1)]
HOPS, HOME, TAGS = 7, 6, 2048  # furthest chip in x and y; last column whose spikes reach the host; names of a core
WORDS = 3                      # SRAM words of a source beside its spike probe


class Board(Builder):
    def __init__(self, dice, stratum, w, h):
        super().__init__(dice, stratum)
        self.w, self.h, self.worn = w, h, stratum == "board defects"
        self.edges *= w * h
        self.reserve = 0 if self.worn else dice.choice([0, 0, 0, 0.1, 0.5])
        self.usable = NEURONS - math.ceil(NEURONS * self.reserve)
        self.rated = dice.random() < 0.3
        self.heard = {}            # (chip, core): tags that may arrive there

    def latches(self):
        text = super().latches()
        if not self.rated or self.dice.random() < 0.3:
            return text
        rate = "rate = %s Hz;" % self.dice.choice(["0.5", "1", "7", "20", "150"])
        return text[:-1] + rate + " }" if text.endswith("}") else " { %s }" % rate

    def modules(self, most):
        self.module = []
        for chip in range(self.w * self.h):
            first = len(self.populations)
            self.make_units(cores_for(self.dice, len(self.biases), most, self.usable), 0)
            self.module.append(self.populations[first:])
            self.plan(chip, self.module[-1])

    def plan(self, chip, module):
        """Pieces (core, first, count) of every population: cores in the order of the bias sets."""
        core, at, bias = -1, self.usable, None
        for units in module:
            units.chip, units.pieces, units.words = chip, [], {}
            left = units.size
            while left:
                if at == self.usable or units.bias is not bias:
                    core, at, bias = core + 1, 0, units.bias
                count = min(left, self.usable - at)
                units.pieces.append((core, at, count))
                at, left = at + count, left - count

    def in_reach(self, a, b):
        return abs(a % self.w - b % self.w) <= HOPS and abs(a // self.w - b // self.w) <= HOPS

    def may_probe(self, units):
        return units.chip % self.w <= HOME

    def may_hear(self, pre, post, word):
        """Whether the source has a word left for that, and the cores of the target tags; takes them if so."""
        if pre in self.inputs:
            if not self.in_reach(0, post.chip):
                return False
        else:
            used = sum(len(kinds) for kinds in pre.words.values())
            new = word not in pre.words.get(post.chip, ())
            if used + new > WORDS or not self.in_reach(pre.chip, post.chip):
                return False
        cores = [(post.chip, core) for core, _, _ in post.pieces]
        if any(self.heard.get(core, 0) + pre.size > TAGS for core in cores):
            return False
        for core in cores:
            self.heard[core] = self.heard.get(core, 0) + pre.size
        if pre not in self.inputs:
            pre.words.setdefault(post.chip, set()).add(word)
        return True

    def connect(self, pre, post):
        """Synapses that need no shared tag, though some may share; or all to all at one word by one that they do need."""
        if post.left < 1 or pre.name in post.closed:
            return
        if self.dice.random() < 0.15 and pre.size > 1:
            if self.may_hear(pre, post, post.name):
                self.share_all(pre, post)
        elif self.may_hear(pre, post, "own"):
            (pre_text, n_pre), (post_text, n_post) = pre.view(self.dice), post.view(self.dice)
            mask, words = self.mask(pre, n_pre, n_post, min(post.left, 12))
            post.left -= words
            share = "" if self.dice.random() < 0.3 else ", share = off"
            if not share:
                post.closed.add(pre.name)
            self.body.append("%s: %s -> %s : %s;" % (
                self.label(), pre_text, post_text, self.synapse(post, mask, share)))

    # --- place lines that hold in the plan

    def line(self, views, what):
        self.tail.append("place %s : %s;" % (", ".join(units.name for units in views), what))

    def one_line(self):
        dice = self.dice
        units, other = dice.choice(self.populations), dice.choice(self.populations)
        cores = {core for core, _, _ in units.pieces}
        counts = [sum(n for c, _, n in units.pieces if c == core) for core in cores]
        core, first, _ = units.pieces[0]
        also = {c for c, _, _ in other.pieces} if other.chip == units.chip else set()
        lines = [([units], "chip(%d)" % units.chip), ([units], "near(%s, weight = %d)" % (other.name, dice.randrange(1, 9)))]
        if len(cores) == 1:
            lines.append(([units], "core(%d, %d)" % (units.chip, core)))
            if not self.worn:  # which neurons are alive is not planned
                lines.append(([units], "at(%d, %d, %d)" % (units.chip, core, first)))
        if len(cores) == 1 and also == cores and other is not units:
            lines += [([units, other], "together(core)")] * 4
        if also and other is not units:
            lines.append(([units, other], "together(chip)"))
        if other.chip != units.chip:
            lines.append(([units, other], "apart(chip)"))
        if other is not units and not also & cores:
            lines.append(([units, other], "apart(core)"))
        if max(counts) - min(counts) <= 1:
            lines.append(([units], "spread(cores = %d)" % len(cores)))
        self.line(*dice.choice(lines))

    def lines(self):
        """None, some, the chips of all, or the whole plan."""
        dice = self.dice
        style = dice.choice(["none", "none", "some", "some", "modules", "chips", "all"])
        if style == "some":
            for _ in range(dice.randrange(1, 6)):
                self.one_line()
        elif style == "modules":
            for module in self.module:
                if dice.random() < 0.3:
                    self.line(module[:3], "together(chip)")
            if self.w * self.h > 1 and dice.random() < 0.5:
                self.line([module[0] for module in self.module[:4]], "apart(chip)")
        elif style in ("chips", "all"):
            for units in self.populations:
                whole = style == "all" and len(units.pieces) == 1
                self.line([units], ("core(%d, %d)" % (units.chip, units.pieces[0][0])) if whole else "chip(%d)" % units.chip)


def board(dice, stratum):
    """`boards` have whole cores of neurons; `board defects` chips that lack words, tags and neurons."""
    worn = stratum == "board defects"
    w, h = dice.choice([(2, 1), (2, 2)] if worn else BOARDS)
    b = Board(dice, stratum, w, h)
    b.make_biases(dice.randrange(1, CORES + 1))
    b.modules(dice.choice([5, 40]) if worn else dice.choice([5, 40, 200]) if stratum == "board" else CORES * NEURONS)
    b.make_units([], dice.randrange(0, 3))
    words = dice.choice([24, 50, 64]) if worn else CELLS
    for post in b.populations:
        post.left = words
    for post in b.populations:
        for _ in range(dice.randrange(1, 4)):
            b.connect(dice.choice(b.module[post.chip]), post)
        if dice.random() < 0.5:
            b.connect(dice.choice(b.populations), post)
        if b.inputs and dice.random() < 0.4:
            b.connect(dice.choice(b.inputs), post)
    b.lines()
    size = "chips = %d" % w if h == 1 else "grid = [%d, %d]" % (w, h)
    if b.reserve:
        size += ", reserve = %s" % b.reserve
    if not worn:
        return b.finish(size)
    b.files["chip.json"] = profile(dice, words, NEURONS - 100, 60)
    return b.finish('%s, profile = [%s]' % (size, ", ".join(dice.choice(['"chip.json"', '"chip.json"', '""'])
                                                          for _ in range(w * h))))
