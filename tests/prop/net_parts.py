"""What random networks are made of: bias sets, units, masks, projections, defect profiles; and the builder of a chip."""
import json
import os

CELLS, NEURONS, CORES = 64, 256, 4
EDGES = 4 * CELLS * NEURONS * CORES  # a network may have
DENDRITES = ["ampa", "gaba", "nmda", "shunt"]
SENSORS = ("camera", "amplifier")


class Program:
    """What a test builds: files by name, options for dync, the board; for almost valid ones the code."""

    def __init__(self, files, options, stratum, board="chips = 1", code=None, exit_code=0):
        self.files, self.options, self.stratum, self.board = files, options, stratum, board
        self.code, self.exit_code = code, exit_code

    def write(self, folder):
        os.makedirs(folder, exist_ok=True)
        for name, text in self.files.items():
            with open(os.path.join(folder, name), "w", encoding="ascii", newline="\n") as file:
                file.write(text)


class Bias:
    """A bias set: four slots of 1, 2, 4, 8 nA, or two slots and requests in amperes, or raw codes."""

    def __init__(self, dice, name, parent=None):
        self.name, self.parent = name, parent
        self.mode = parent.mode if parent else dice.choice(["four", "two", "codes", "unit"])
        self.slots = ["w0", "w1", "w2", "w3"] if self.mode != "two" else ["w0", "w1"]
        self.asked = []  # amperes already asked for, two at most
        self.delays = dice.choice([[], [], [5], [20, 3], [10, 4, 1]])
        self.stated = not self.delays and dice.random() < 0.15
        self.raw_delay = not self.delays and not self.stated and dice.random() < 0.1
        if parent and (parent.stated or parent.raw_delay or parent.parent):
            self.delays, self.stated, self.raw_delay = [], False, False

    def lines(self, dice):
        out = ["bias %s%s {" % (self.name, " : " + self.parent.name if self.parent else "")]
        add = lambda text: out.append("    " + text)
        add("membrane.tau = %d ms;" % dice.randrange(4, 50))
        if dice.random() < 0.8:
            add("membrane.gain = %d;" % dice.randrange(2, 9))
        if dice.random() < 0.8:
            add("spike.threshold = %d nA;" % dice.randrange(2, 100))
        if dice.random() < 0.5:
            add("spike.refractory = %s ms;" % dice.choice(["0.5", "1", "2", "4"]))
        for dendrite in DENDRITES:
            if dice.random() < 0.7:
                add("%s.tau = %d ms;" % (dendrite, dice.randrange(2, 80)))
                add("%s.gain = %d;" % (dendrite, dice.randrange(10, 120)))
        if dice.random() < 0.3:
            add("pulse = %d us;" % dice.randrange(5, 60))
        if dice.random() < 0.3:
            add("dc = dac(%d, %d);" % (dice.randrange(6), dice.randrange(256)))
        if dice.random() < 0.2:
            add("SOAD_CASC_P = dac(5, %d);" % dice.randrange(200, 256))
        if dice.random() < 0.2:
            add("stp.weight = dac(%d, %d);" % (dice.randrange(6), dice.randrange(256)))
        if not self.parent:
            self.weight_lines(dice, add)
        if self.stated:
            add("delay.none = %d ms;" % dice.randrange(2, 30))
        if self.raw_delay:
            add("SYPD_DLY1_P = dac(%d, %d);" % (dice.randrange(1, 6), dice.randrange(256)))
        return out + ["}"]

    def weight_lines(self, dice, add):
        if self.mode == "four":
            for slot, na in enumerate([1, 2, 4, 8]):
                add("weight.w%d = %d nA;" % (slot, na))
        elif self.mode == "two":
            add("weight.w0 = %d nA;" % dice.randrange(1, 20))
            add("weight.w1 = %s nA;" % dice.choice(["0.5", "3", "7.5"]))
        elif self.mode == "codes":
            for slot in range(4):
                add("weight.w%d = dac(%d, %d);" % (slot, dice.randrange(1, 6), dice.randrange(256)))
        else:
            for slot, na in enumerate([1, 2, 4, 8]):
                add("weight.w%d = %d nA;" % (slot, na))
            add("weight.unit = 0.5 nA;")

    def slot_sum(self, dice):
        owner = dice.choice([self, self.parent]) if self.parent else self
        some = dice.sample(self.slots, dice.randrange(1, len(self.slots) + 1))
        return " + ".join("%s.%s" % (owner.name, slot) for slot in sorted(some))

    def weight(self, dice):
        if self.mode == "codes" or dice.random() < 0.5:
            return self.slot_sum(dice)
        if self.mode == "four":
            return "%d nA" % dice.randrange(1, 16)
        if self.mode == "unit":
            return str(2 * dice.randrange(1, 16))
        if len(self.asked) < 2:
            self.asked.append("%.2f nA" % dice.uniform(0.3, 30))
        return dice.choice(self.asked)

    def delay(self, dice):
        if self.delays and dice.random() < 0.6:
            return ", delay = %d ms" % dice.choice(self.delays)
        if self.stated and dice.random() < 0.6:
            return ", delay = %s" % dice.choice(["none", "both", "precise"])
        return ""


class Units:
    """A population or an input."""

    def __init__(self, name, dims, bias=None):
        self.name, self.dims, self.bias = name, dims, bias
        self.size = 1
        for d in dims:
            self.size *= d
        self.left = CELLS     # words its neurons may still be given
        self.closed = set()   # sources that must send it nothing more

    def view(self, dice):
        """(text, size) of the whole or a part."""
        if dice.random() < 0.65 or self.size == 1:
            return self.name, self.size
        subs, size = [], 1
        for d in self.dims:
            kind = dice.randrange(4)
            if kind == 0:
                subs.append(str(dice.randrange(d)))
            elif kind == 1:
                subs.append(":")
                size *= d
            elif kind == 2 and d > 2:
                subs.append("0:%d:2" % d)
                size *= (d + 1) // 2
            else:
                lo = dice.randrange(d)
                hi = dice.randrange(lo, d) + 1
                subs.append("%d:%d" % (lo, hi))
                size *= hi - lo
        return "%s[%s]" % (self.name, ", ".join(subs)), size


def shape(dice, size):
    """Dims whose product is near size, at least 1."""
    n = dice.choice([1, 1, 2, 3])
    if n == 1 or size < 4:
        return [max(1, size)]
    first = dice.randrange(1, max(2, int(size ** 0.5) + 1))
    rest = max(1, size // first)
    if n == 2 or rest < 4:
        return [first, rest]
    second = dice.randrange(1, max(2, int(rest ** 0.5) + 1))
    return [first, second, max(1, rest // second)]


class Builder:
    def __init__(self, dice, stratum):
        self.dice, self.stratum = dice, stratum
        self.biases, self.populations, self.inputs = [], [], []
        self.head, self.body, self.tail, self.files, self.options = [], [], [], {}, []
        self.labels = 0
        self.edges = EDGES - CELLS * NEURONS * CORES  # left for those that share words

    def make_biases(self, n):
        for i in range(n):
            parent = self.dice.choice(self.biases) if i and self.dice.random() < 0.3 else None
            bias = Bias(self.dice, "set%d" % i, parent)
            self.biases.append(bias)
            self.head += bias.lines(self.dice)

    def make_units(self, sizes, inputs):
        """sizes: neurons per bias set, split into populations."""
        for bias, size in zip(self.biases, sizes):
            while size > 0:
                part = size if self.dice.random() < 0.4 else self.dice.randrange(1, size + 1)
                units = Units("p%d" % len(self.populations), shape(self.dice, part), bias)
                self.populations.append(units)
                size -= units.size
                self.head.append("population %s[%s] : %s%s" % (
                    units.name, ", ".join(map(str, units.dims)), bias.name, self.latches()))
        if self.stratum in SENSORS:
            self.inputs.append(self.sensor(self.stratum))
        for i in range(inputs):
            units = Units("in%d" % i, shape(self.dice, self.dice.randrange(1, 40)))
            self.inputs.append(units)
            self.head.append("input %s[%s];" % (units.name, ", ".join(map(str, units.dims))))

    def sensor(self, kind):
        """A camera whose window lies in it, up to its last pixel, or a biosignal front end."""
        dice = self.dice
        if kind == "amplifier":
            self.head.append("input ecg[8, 8] = bioamp(%s);" % dice.choice(
                ["", "gain = %d" % dice.randrange(256)]))
            return Units("ecg", [8, 8])
        camera, size = dice.choice([("dvs128", (128, 128)), ("davis240c", (240, 180)), ("davis346", (346, 260))])
        pool = [1 << dice.randrange(4), 1 << dice.randrange(4)]
        pixels = [dice.randrange(1, min(12, size[i] // pool[i]) + 1) for i in range(2)]
        origin = [dice.choice([0, size[i] - pixels[i] * pool[i]]) for i in range(2)]
        more = [", polarity = " + dice.choice(["on", "off", "both"])] if dice.random() < 0.5 else []
        if dice.random() < 0.5:
            more.append(", filter = [%s]" % ", ".join(
                "[%d, %d]" % (dice.randrange(size[0]), dice.randrange(size[1])) for _ in range(dice.randrange(1, 65))))
        if dice.random() < 0.3:
            more.append(", copy = [-%d, 0], handshake = %d ns, drop = on" % (dice.randrange(1, 8), dice.randrange(900)))
        self.head.append("input cam[%d, %d] = dvs(%s, origin = %s, pool = %s%s);" % (
            pixels[1], pixels[0], camera, origin, pool, "".join(more)))
        return Units("cam", [pixels[1], pixels[0]])

    def settings(self):
        """Some settings of the chip, each once."""
        dice, out = self.dice, []
        for name in dice.sample(["PG_BUF_N", "shared01.LBWR_VB_P", "shared23.LBWR_VB_P", "sadc01.NCCF_HYS_P",
                                 "R2R_BUFFER_CCB", "bioamp.BAVBSS", "BADCTHU", "bioamp.channel3.BF2VG"],
                                dice.randrange(1, 8)):
            out.append("%s = dac(%d, %d);" % (name, dice.randrange(6), dice.randrange(256)))
        for name in dice.sample(["param_gen0_powerdown", "core1.enable_syaw_stdbuf_an", "soif_mem",
                                 "core0.sadc_enable.deam_edpi", "nccf_extin_vi_group0_pg1"], dice.randrange(4)):
            out.append("%s = %s;" % (name, dice.choice(["on", "off"])))
        self.tail.append("set chip[%s] { %s }" % (dice.choice(["0", ":"]), " ".join(out)))

    def latches(self):
        some = [text for text in ["model = exponential;", "dc = on;", "adaptation = on;",
                                  "nmda_gate = on;", "latch.de_mux = on;", "alpha_ampa = on;",
                                  "conductance = on;", "homeostasis = soma;"]
                if self.dice.random() < 0.12]
        return " { %s }" % " ".join(some) if some else ";"

    def label(self):
        self.labels += 1
        return "l%d" % self.labels

    def mask(self, pre, n_pre, n_post, most):
        """(mask, words a target may need) with at most `most` words; None if there is none."""
        dice = self.dice
        k = dice.randrange(1, min(n_pre, most) + 1)
        kinds = ["fan_in(%d)" % k, "fan_in(%d, pre %% 2 == 0 or pre >= 0)" % k]
        words = [k, k]
        if n_pre == n_post:
            kinds.append("pre == post")
            words.append(1)
        width = dice.randrange(0, 4)
        if 2 * width + 1 <= most:
            kinds.append("abs(pre - post) <= %d" % width)
            words.append(2 * width + 1)
        if n_pre <= most:
            kinds += ["random(%.2f)" % dice.random(), "pre != post", "fan_out(%d)" % dice.randrange(
                0, n_post + 1), "fixed_total(%d)" % dice.randrange(0, n_pre * n_post + 1),
                "random(0.5) and pre <= post", "not (pre == post) or random(0.3)"]
            words += [n_pre] * 6
        i = dice.randrange(len(kinds))
        return kinds[i], words[i]

    def synapse(self, post, mask, extra=""):
        dice, bias = self.dice, post.bias
        stp = ", stp = on" if dice.random() < 0.15 else ""
        return "%s(%sweight = %s%s%s%s)" % (dice.choice(DENDRITES), mask + ", " if mask else "",
                                            bias.weight(dice), bias.delay(dice), stp, extra)

    def project(self, pre, post):
        dice = self.dice
        if post.left < 1 or pre.name in post.closed:
            return
        (pre_text, n_pre), (post_text, n_post) = pre.view(dice), post.view(dice)
        mask, words = self.mask(pre, n_pre, n_post, min(post.left, 40))
        repeat = 1
        if words * 3 <= post.left and dice.random() < 0.2:
            repeat = dice.randrange(1, post.left // words + 1 if words else 3)
        extra = (", repeat = %d" % repeat if repeat > 1 else "") + \
            (", share = off" if dice.random() < 0.3 else "")
        post.left -= words * repeat
        self.body.append("%s: %s -> %s : %s;" % (self.label(), pre_text, post_text,
                                                 self.synapse(post, mask, extra)))

    def share_all(self, pre, post):
        """All to all at one word: only the shared tag makes it fit."""
        if pre.name in post.closed or post.left < 1 or pre.size < 2 or pre.size * post.size > self.edges:
            return
        self.edges -= pre.size * post.size
        post.closed.add(pre.name)
        post.left -= 1
        self.body.append("%s: %s -> %s : %s;" % (self.label(), pre.name, post.name,
                                                 self.synapse(post, "")))

    def fill(self, post):
        """Up to exactly 64 words, if some source has enough units left to draw from."""
        sources = [u for u in self.inputs + self.populations
                   if u.name not in post.closed and u.size >= post.left]
        if post.left < 1 or not sources:
            return
        pre = self.dice.choice(sources)
        self.body.append("%s: %s -> %s : %s;" % (self.label(), pre.name, post.name, self.synapse(
            post, "fan_in(%d)" % post.left, ", share = off")))
        post.left = 0

    def matrix(self, pre, post):
        bias = post.bias
        if bias.mode != "four" or pre.name in post.closed or pre.size > min(post.left, 30) \
                or post.size > 60:
            return
        name = "m%d.csv" % len(self.files)
        rows = [[self.dice.choice([0, 0, self.dice.randrange(1, 16)]) for _ in range(post.size)]
                for _ in range(pre.size)]
        self.files[name] = "".join(",".join(map(str, row)) + "\n" for row in rows)
        post.left -= pre.size
        self.body.append('let %s = load("%s");' % (name[:-4], name))
        self.body.append("%s: %s -> %s : %s(%s[pre, post] > 0, weight = %s[pre, post] * 1 nA%s);" % (
            self.label(), pre.name, post.name, self.dice.choice(DENDRITES), name[:-4], name[:-4],
            bias.delay(self.dice)))

    def block(self):
        """A net, used twice, on the first bias set."""
        bias, dice = self.biases[0], self.dice
        self.body += ["net blk(n: int = 3, k: int = 1) {",
                      "    population a[n] : %s;" % bias.name,
                      "    input go[2];",
                      "    go -> a : %s(random(0.7), weight = %s);" % (
                          dice.choice(DENDRITES), bias.slot_sum(dice)),
                      "    a -> a : %s(pre != post, weight = %s, repeat = k);" % (
                          dice.choice(DENDRITES), bias.slot_sum(dice)),
                      "    probe a : spikes;", "}",
                      "use u = blk(n = %d);" % dice.randrange(1, 8),
                      "use v[2] = blk(k = 2);"]

    def param_and_loop(self):
        rows = [p for p in self.populations if len(p.dims) == 2 and p.left >= 4]
        if not rows or not self.inputs:
            return
        post, dice = dice_pick(self.dice, rows), self.dice
        k = dice.randrange(1, 4)
        post.left -= 3
        self.head.insert(0, "param copies: int = %d;" % k)
        if dice.random() < 0.5:
            self.options += ["-D", "copies=%d" % dice.randrange(1, 4)]
        self.body += ["for i in 0:%d {" % post.dims[0],
                      "    %s: %s -> %s[i] : %s;" % (
                          self.label(), self.inputs[0].name, post.name,
                          self.synapse(post, "fan_in(1)", ", repeat = copies")), "}"]

    def may_probe(self, units):
        return True

    def finish(self, board="chips = 1"):
        dice = self.dice
        for units in self.populations:
            if dice.random() < 0.4 and self.may_probe(units):
                self.tail.append("probe %s : spikes;" % units.view(dice)[0])
        for units in self.inputs:
            if dice.random() < 0.1:
                self.tail.append("probe %s : spikes;" % units.name)
        one = dice.choice(self.populations)
        first = "%s[%s]" % (one.name, ", ".join("0" for _ in one.dims))
        if dice.random() < 0.3:
            self.tail.append("probe %s : %s;" % (first, dice.choice(
                ["membrane", "ampa_current", "adaptation", "membrane, nmda_current"])))
        if dice.random() < 0.2:
            self.tail.append("set %s { kill = on; }" % first)
        if dice.random() < (0.8 if self.stratum in SENSORS else 0.1):
            self.settings()
        target = "target dynapse2(%s, seed = %d);" % (board, dice.randrange(1 << 31))
        if dice.random() < 0.2:
            self.options += ["--seed", str(dice.randrange(1 << 62))]
        text = "\n".join([target] + self.head + self.body + self.tail) + "\n"
        return Program(dict(self.files, **{"net.dyn": text}), self.options, self.stratum, board)


def dice_pick(dice, items):
    return items[dice.randrange(len(items))]


def cores_for(dice, sets, most, usable=NEURONS):
    """Neurons per bias set, so that whole cores of `usable` neurons for each set are at most four."""
    cores = [1] * sets
    for _ in range(dice.randrange(CORES - sets + 1)):
        cores[dice.randrange(sets)] += 1
    return [min(dice.randrange(1, n * usable + 1), most) for n in cores]


def profile(dice, words, most_dead, most_tags):
    """A chip whose live neurons all have `words` CAM words for upper tags, of which each core lacks few: what fits in
    so many words fits with upper tags alone. The rest is broken at random."""
    rate = dice.choice([0.05, 0.4, 1])
    cams, tags = [], []
    for _ in range(CORES):
        dead, core = dice.sample(range(NEURONS), dice.randrange(most_dead + 1)), []
        for neuron in range(NEURONS):
            cells = [[1, 1]] * CELLS
            if neuron not in dead:
                spare = CELLS - words
                cells = [[int(dice.random() < rate), 0] for _ in range(words)]
                cells += [[int(dice.random() < rate), int(dice.random() < 0.5)] for _ in range(spare)]
                dice.shuffle(cells)
            core.append(cells)
        cams.append(core)
        lower = [t for t in range(1024) if dice.random() > rate]
        lost = set(dice.sample(range(1024, 2048), dice.randrange(most_tags + 1)))
        tags.append([lower, [t for t in range(1024, 2048) if t not in lost]])
    return json.dumps({"cams": cams, "tags": tags}, separators=(",", ":"))
