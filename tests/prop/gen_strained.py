"""Networks that fit a board with nothing to spare, each planted around a placement. gen_strained.py KIND SEED FOLDER

tags     every core hears exactly as many tags as there are, and every chip needs all of its numbers
cameras  the pixels of every field are heard by as many neurons as a chip has, of which up to two chips hear a front
         end too
words    every source has as many destination chips as it has SRAM words left beside its probe
channels some of these words go to one chip twice, under a shared tag and one of the source's own

Writes FOLDER/net.dyn and the lists of pairs that it reads. What is planted is not told to the compiler: populations
are declared in random order, and neurons that belong together need not be neighbours.
"""
import os
import random
import sys

CORES, NEURONS, CAM, SRAM, TAGS = 4, 256, 64, 4, 2048

HEAD = """target dynapse2(grid = [%d, %d], seed = 1);
bias b { spike.threshold = 5 nA; ampa.gain = 100; weight.w = 4 nA; }
"""


class Net:
    def __init__(self, folder, width, height):
        self.folder, self.lines, self.files = folder, [HEAD % (width, height)], 0

    def write(self, *lines):
        self.lines += lines

    def connect(self, pre, post, pairs, more=""):
        """One projection with the pairs given, positions in the two views."""
        name = "pairs%d.csv" % self.files
        self.files += 1
        with open(os.path.join(self.folder, name), "w", encoding="ascii") as file:
            file.write("pre,post\n" + "".join("%d,%d\n" % pair for pair in sorted(pairs)))
        self.write('%s -> %s : ampa(pairs("%s"), weight = b.w%s);' % (pre, post, name, more))

    def finish(self):
        with open(os.path.join(self.folder, "net.dyn"), "w", encoding="ascii") as file:
            file.write("\n".join(self.lines) + "\n")


def partition(dice, items):
    """A random partition of the items, each part with the same chance to be small or large."""
    parts = []
    for item in items:
        choice = dice.randrange(len(parts) + 1)
        if choice == len(parts):
            parts.append([])
        parts[choice].append(item)
    return parts


def grids(dice, least=1):
    return dice.choice([g for g in ((1, 1), (2, 1), (1, 3), (2, 2), (3, 2)) if g[0] * g[1] >= least])


def tags(dice, folder, tags_per_core=TAGS):
    """Every number of every chip is a partition of its cores; each part of it is one input unit."""
    width, height = grids(dice)
    net = Net(folder, width, height)
    cut, words = dice.choice([1, 1, 2, 4]), dice.choice([8, 10, 16])
    mixed = words == 16 and width * height < 4 and dice.random() < 0.5  # two cores have one population, neuron by neuron
    heard = {}  # core -> units
    chips = range(width * height)
    for chip in chips:
        units = iter(dice.sample(range(CORES * tags_per_core), CORES * tags_per_core))
        for _ in range(tags_per_core):
            for part in partition(dice, range(CORES)):
                unit = next(units)
                for core in part:
                    heard.setdefault(chip * CORES + core, []).append(unit)
    cores = dice.sample(sorted(heard), len(heard))
    net.write("input src[%d];" % (CORES * tags_per_core))
    groups = []  # (name, size, [(neuron of the core, core)])
    if mixed:
        for i in range(0, len(cores), 2):
            own = cores[i:i + 2]
            groups.append([(n, core) for n in range(NEURONS) for core in dice.sample(own, len(own))])
    else:
        for core in cores:
            groups += [[(n, core) for n in range(NEURONS * k // cut, NEURONS * (k + 1) // cut)] for k in range(cut)]
        dice.shuffle(groups)
    of_neuron = {}
    for core in cores:
        dealt = dice.sample(heard[core], len(heard[core]))
        for n in range(NEURONS):
            own = set(dealt[n::NEURONS])
            while len(own) < words:
                own.add(dice.choice(heard[core]))
            of_neuron[n, core] = own
    for g, group in enumerate(groups):
        net.write("population p%d[%d] : b;" % (g, len(group)))
    for g, group in enumerate(groups):
        net.connect("src", "p%d" % g, [(unit, i) for i, key in enumerate(group) for unit in of_neuron[key]],
                    ", share = off")
    net.finish()


def spread_chips(dice, chips, own, n):
    return [own] + dice.sample([c for c in chips if c != own], n - 1)


def words(dice, folder):
    """Full cores whose neurons reach every core of their chips, as many of these as they have words for."""
    width, height = grids(dice, 4)
    net = Net(folder, width, height)
    chips = range(width * height)
    parts = dice.choice([1, 2])  # populations to a core
    size = NEURONS // parts
    places = [(chip, core, part) for chip in chips for core in range(CORES) for part in range(parts)]
    name = {place: "p%d" % i for i, place in enumerate(dice.sample(places, len(places)))}
    on_chip = {chip: [place for place in places if place[0] == chip] for chip in chips}
    for place in sorted(places, key=name.get):
        net.write("population %s[%d] : b;" % (name[place], size))
    for place in places:
        probed = dice.random() < 0.3
        reached = spread_chips(dice, chips, place[0], SRAM - probed)
        if probed:
            net.write("probe %s : spikes;" % name[place])
        for chip in reached:
            for other in on_chip[chip]:
                shift = dice.randrange(size)
                pairs = [(i, (i + shift) % size) for i in range(0, size, dice.choice([1, 2]))]
                net.connect(name[place], name[other], pairs)
    net.finish()


def channels(dice, folder):
    """Sources that send a tag they must share and one of their own to their chip, and to two chips more."""
    width, height = grids(dice, 3)
    net = Net(folder, width, height)
    chips = range(width * height)
    sharers = dice.choice([24, 32, 48])
    order = dice.sample(chips, len(chips))
    for chip in order:
        net.write("population g%d[%d] : b;" % (chip, sharers), "population q%d[%d] : b;" % (chip, NEURONS - sharers),
                  "population r%d[%d] : b;" % (chip, 3 * NEURONS))
    net.write("input src[96];")
    for chip in chips:
        near = "g%d -> " % chip
        net.write(near + "q%d : ampa(weight = b.w);" % chip)
        net.connect("src", "q%d" % chip, [(u, n) for n in range(NEURONS - sharers)
                                          for u in dice.sample(range(96), CAM - sharers + 8)], ", share = off")
        for other in spread_chips(dice, chips, chip, SRAM - 1):
            target, size = dice.choice([("q%d", NEURONS - sharers), ("r%d", 3 * NEURONS)])
            target = "r%d" if other == chip else target
            size = 3 * NEURONS if other == chip else size
            net.connect("g%d" % chip, target % other, [(s, dice.randrange(size)) for s in range(sharers)],
                        ", share = off")
        for s in range(4):
            net.connect("r%d" % chip, "r%d" % chip,
                        [(i, (i + 37 * s + dice.randrange(16)) % (3 * NEURONS)) for i in range(3 * NEURONS)])
    net.finish()


def cameras(dice, folder):
    """A camera whose pixels are heard by so many neurons that each field of it fills a chip, and a front end."""
    width, height = dice.choice([(2, 1), (1, 3), (2, 2)])
    net = Net(folder, width, height)
    chips = width * height
    edge = dice.choice([16, 32]) if chips == 2 else 16  # the window of a camera has so many columns
    pixels, of_pixel = edge * edge, CORES * NEURONS // (edge * edge)
    net.write(*dice.sample(["input cam[%d, %d] = dvs(dvs128);" % (edge, edge * chips), "input ecg[8, 8] = bioamp();"], 2))
    by_both = dice.choice([0, 1, 2])  # chips that hear the front end too
    if dice.random() < 0.5:  # maps of whole fields, in any order
        maps = dice.sample([(i, m) for i in range(chips) for m in range(of_pixel)], chips * of_pixel)
        for i, m in maps:
            net.write("population m%d_%d[%d, %d] : b;" % (i, m, edge, edge))
        for i, m in maps:
            net.write("cam[:, %d:%d] -> m%d_%d : ampa(dist(pre, post) <= 1, weight = b.w);"
                      % (i * edge, i * edge + edge, i, m))
            if i < by_both:
                net.write("ecg[%d, 0] -> m%d_%d : ampa(weight = b.w);" % (m, i, m))
    else:  # neurons that hear one pixel, as far apart as can be
        net.write("population p[%d] : b;" % (chips * pixels * of_pixel),
                  "cam -> p : ampa(pre == post %% %d, weight = b.w);" % (chips * pixels))
        if by_both:
            net.write("ecg[0, 0] -> p : ampa(post %% %d < %d, weight = b.w);" % (chips * pixels, by_both * pixels))
    net.finish()


KINDS = {"tags": tags, "cameras": cameras, "channels": channels}

if __name__ == "__main__":
    KINDS[sys.argv[1]](random.Random(int(sys.argv[2])), sys.argv[3])
