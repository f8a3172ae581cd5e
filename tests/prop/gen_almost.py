"""Almost valid networks: each breaks one rule and names the code and exit that must be reported.

Two kinds: faults, and limits. A limit is exceeded by exactly one, and its `twin`, which meets it, must be built.
"""
import json
import random

from net_parts import CORES, NEURONS, Program

BASE = """target dynapse2(chips = 1, seed = %(seed)d);
bias s { membrane.tau = 20 ms; weight.a = 1 nA; weight.b = 2 nA; weight.c = 4 nA; weight.d = 8 nA; }
bias t : s { membrane.tau = 5 ms; }
input src[80];
population p[%(p)d] : s;
population q[4] : t;
"""


# These begin with what takes the place of the base's target.
FAR = "chips = 9\n"
HUB = "chips = 5\npopulation h[1] : s;\n" + "".join(
    "population a%d[2] : s;\nh -> a%d : ampa(weight = s.a);\nplace a%d : chip(%d);\n" % (i, i, i, i) for i in range(4))


# And these with a defect profile: 61 words at every neuron, 1,000 tags for each of four cores, 200 neurons alive.
DEFECTS = "chips = 1, profile = \"chip.json\"\n"


def worn_chip():
    live, dead = [[0, 0]] * 61 + [[1, 1]] * 3, [[1, 1]] * 64
    tags = [list(range(24, 1024)), []]
    return json.dumps({"cams": [[live] * 200 + [dead] * 56] * CORES, "tags": [tags] * CORES}, separators=(",", ":"))


def faults(dice):
    big = "bias z%d { membrane.tau = %d ms; }\npopulation y%d[%d] : z%d;\n"
    words = dice.randrange(65, 80)
    return [
        ("E0301", 3, "src -> p : ampa(fan_in(%d), weight = s.a, share = off);\n" % words),
        ("E0301", 3, "src -> p : ampa(fan_in(13), weight = s.a, repeat = 5, share = off);\n"),
        ("E0303", 3, "population r[257] : s;\nplace r : core(0, 0);\n"),
        ("E0308", 3, "population r[%d] : s;\n" % dice.randrange(1025, 4000)),
        ("E0401", 3, "place p : core(0, 0);\nplace q : core(0, 0);\n"),
        ("E0402", 3, "".join(big % (i, 10 + 5 * i, i, 3, i) for i in range(3))),
        ("E0402", 3, big % (0, 11, 0, 300, 0) + big % (1, 30, 1, 300, 1)),
        ("E0501", 3, "src -> p : ampa(pre == post, weight = 0.%d nA);\n" % dice.randrange(1, 9)),
        ("E0501", 3, "src -> p : ampa(pre == post, weight = %d nA);\n" % dice.randrange(18, 99)),
        ("E0502", 3, "bias u { membrane.tau = 20 s; }\npopulation r[1] : u;\n"),
        ("E0503", 1, "bias u { SOIF_DC_P = dac(6, 10); }\npopulation r[1] : u;\n"),
        ("E0503", 1, "bias u { SOIF_DC_P = dac(5, 256); }\npopulation r[1] : u;\n"),
        ("E0505", 1, "src -> p : ampa(pre == post, weight = t.a);\n"),
        ("E0307", 3, "bias u { weight.a = 1 nA; weight.b = 1 nA; weight.c = 1 nA; weight.d = 1 nA;"
                     " weight.e = 1 nA; }\npopulation r[1] : u;\n"),
        ("E0306", 3, "population r[2] : s;\nplace r : together(core);\nprobe r : membrane;\n"),
        ("E0506", 3, "".join("src[%d] -> p : ampa(weight = s.a, delay = %s ms);\n" % (i, t)
                             for i, t in enumerate(["100", "20", "4", "1", "0.1"]))),
        ("E0218", 1, "src -> p : ampa(fan_in(81), weight = s.a);\n"),
        ("E0216", 1, "p -> src : ampa(weight = s.a);\n"),
        ("E0221", 1, "src -> p : ampa(pre == post);\n"),
        ("E0221", 1, "src -> p : ampa(pre == post, weight = 0 nA);\n"),
        ("E0222", 1, "src -> p : ampa(pre == post, weight = s.a, repeat = -1);\n"),
        ("E0217", 1, "src -> p : ampa(random(1.2), weight = s.a);\n"),
        ("E0210", 1, "src[80] -> p : ampa(weight = s.a);\n"),
        ("E0201", 1, "src -> pp : ampa(weight = s.a);\n"),
        ("E0302", 3, "input cam[9, 9] = dvs(dvs128);\ncam -> p : ampa(weight = s.a);\n"
                     "cam[:, 0:8] -> q : ampa(weight = t.a);\ncam[0, 0] -> q : gaba(weight = t.b);\n"),
        ("E0309", 3, "input cam[%d, 4] = dvs(dvs128);\n" % dice.randrange(65, 128)),
        ("E0309", 3, "input cam[16, 16] = dvs(davis346, origin = [%d, 2], pool = 16);\n" % dice.randrange(91, 346)),
        ("E0202", 1, "set chip[0] { PG_BUFN = dac(0, 1); }\n"),
        ("E0207", 1, "set chip[0] { PG_BUF_N = dac(0, 1); shared01.PG_BUF_N = dac(0, 2); }\n"),
        ("E0106", 1, "src -> p : ampa(weight = s.a)\n"),
        ("E0302", 3, HUB + "probe h : spikes;\n"),
        ("E0302", 3, HUB + "population z[1] : s;\nh -> z : ampa(weight = s.a);\nplace z : chip(4);\n"),
        ("E0303", 3, FAR + "population r[1025] : s;\nplace r : chip(%d);\n" % dice.randrange(9)),
        ("E0305", 3, FAR + "p -> q : ampa(fan_in(1), weight = t.a);\nplace p : chip(0);\nplace q : chip(8);\n"),
        ("E0305", 3, FAR + "src -> p : ampa(fan_in(1), weight = s.a);\nplace p : chip(8);\n"),
        ("E0305", 3, FAR + "probe p : spikes;\nplace p : chip(%d);\n" % dice.randrange(7, 9)),
        ("E0301", 3, DEFECTS + "src -> p : ampa(fan_in(62), weight = s.a, share = off);\n"),
        ("E0301", 3, DEFECTS + "src -> q : ampa(fan_in(31), weight = t.a, share = off, repeat = 2);\n"),
        ("E0303", 3, DEFECTS + "population r[201] : s;\nplace r : core(0, %d);\n" % dice.randrange(4)),
        ("E0303", 3, DEFECTS + "population r[%d] : s;\nplace r : together(core);\n" % dice.randrange(201, 256)),
        ("E0303", 3, DEFECTS + "place p : at(0, %d, %d);\n" % (dice.randrange(4), dice.randrange(200, 245))),
        ("E0304", 3, DEFECTS + "input all[1001];\npopulation r[170] : s;\nall -> r : ampa(pre // 6 == post, weight = s.a,"
                     " share = off);\nplace r : core(0, 0);\n"),
        ("E0308", 3, DEFECTS + "population r[%d] : s;\n" % dice.randrange(796, 1000)),
        ("E0403", 3, FAR + "place p, q : together(chip);\nplace p, q : apart(chip);\n"),
        ("E0403", 3, FAR + "place p : chip(2);\nplace q : chip(3);\nplace p, q : together(chip);\n"),
        ("E0227", 1, "assert %d < 3;\n" % dice.randrange(3, 9)),
    ]


# --- limits exceeded by one: (code, exit, limit, board, text of n)

def row(n):
    return "chips = %d" % n


def reach(dice, n):
    """n chips that one source must reach, the first its own; its spikes reach the host from all."""
    board = dice.choice(["chips = 9", "grid = [3, 3]", "grid = [5, 2]"])
    chips = dice.sample(range(7), n)
    text = "population h[1] : s;\nplace h : chip(%d);\n" % chips[0]
    for i, chip in enumerate(chips):
        text += "population a%d[2] : s;\nh -> a%d : ampa(weight = s.a);\nplace a%d : chip(%d);\n" % (i, i, i, chip)
    return board, text


def sets(n):
    return "".join("bias z%d { membrane.tau = dac(3, %d); }\npopulation y%d[3] : z%d;\n" % (i, 20 + i, i, i) for i in range(n))


def all_heard(n, core):
    """A core that hears n inputs, each by a tag of its own."""
    return ("input all[%d];\npopulation r[256] : s;\nall -> r : ampa(pre // 9 == post, weight = s.a, share = off);\n"
            "place r : core(0, %d);\n" % (n, core))


def limits(dice, p):
    """p: neurons of the base's population p. `q`, of another set, takes a core of its own."""
    chips, core = dice.choice([2, 4, 9]), dice.randrange(CORES)
    board = dice.choice([row(chips), {2: "grid = [1, 2]", 4: "grid = [2, 2]", 9: "grid = [3, 3]"}[chips]])
    chip, first = dice.randrange(chips), dice.randrange(1, NEURONS)
    free = dice.choice([0.5, 0.25])
    hop = "p -> q : ampa(fan_in(1), weight = t.a);\nplace p : chip(%d);\nplace q : chip(%d);\n"
    tags = "population r[%d] : s;\nplace r : "
    return [
        ("E0303", 3, NEURONS, board, lambda n: tags % n + "core(%d, %d);\n" % (chip, core)),
        ("E0303", 3, NEURONS, board, lambda n: tags % n + "together(core);\n"),
        ("E0303", 3, CORES * NEURONS, board, lambda n: tags % n + "chip(%d);\n" % chip),
        ("E0303", 3, CORES * NEURONS, board, lambda n: tags % n + "together(chip);\n"),
        ("E0303", 3, NEURONS - first, board, lambda n: tags % n + "at(%d, %d, %d);\n" % (chip, core, first)),
        ("E0303", 3, int(NEURONS * (1 - free)), board + ", reserve = %s" % free,
         lambda n: tags % n + "core(%d, %d);\n" % (chip, core)),
        ("E0402", 3, 3 * NEURONS - p, row(1), lambda n: "population r[%d] : s;\n" % n),
        ("E0402", 3, (4 * chips - 1) * NEURONS - p, board, lambda n: "population r[%d] : s;\n" % n),
        ("E0402", 3, 4 * chips - 2, board, sets),
        ("E0301", 3, 64, board, lambda n: "src -> p : ampa(fan_in(%d), weight = s.a, share = off);\n" % n),
        ("E0301", 3, 64, board, lambda n: "src -> q : gaba(fan_in(1), weight = t.b, repeat = %d, share = off);\n" % n),
        ("E0301", 3, 63, board, lambda n: "src -> p : ampa(weight = s.b);\nsrc -> p : nmda(fan_in(%d), weight = s.a, share = off);\n" % n),
        ("E0302", 3, 4, None, lambda n: reach(dice, n)),
        ("E0302", 3, 3, None, lambda n: (lambda b, t: (b, t + "probe h : spikes;\n"))(*reach(dice, n))),
        ("E0304", 3, 2048, board, lambda n: all_heard(n, core)),
        ("E0305", 3, 7, row(9), lambda n: hop % (0, n)),
        ("E0305", 3, 7, "grid = [1, 9]", lambda n: hop % (n, 0)),
        ("E0305", 3, 7, row(9), lambda n: "src -> p : ampa(fan_in(1), weight = s.a);\nplace p : chip(%d);\n" % n),
        ("E0305", 3, 7, "grid = [1, 9]", lambda n: "src -> p : ampa(fan_in(1), weight = s.a);\nplace p : chip(%d);\n" % n),
        ("E0305", 3, 6, row(9), lambda n: "probe p : spikes;\nplace p : chip(%d);\n" % n),
        ("E0306", 3, 1, board, lambda n: "population r[3] : s;\nplace r : together(core);\nprobe r[0:%d] : membrane;\n" % n),
        ("E0307", 3, 4, board, lambda n: "bias u { %s }\npopulation r[1] : u;\n" % " ".join(
            "weight.%s = 1 nA;" % "abcde"[i] for i in range(n))),
        ("E0403", 3, 4 * chips - 1, board, lambda n: "population r[%d] : s;\nplace %s : apart(core);\n" % (
            n, ", ".join("r[%d]" % i for i in range(n)))),
        ("E0403", 3, chips, board, lambda n: "population r[%d] : s;\nplace %s : apart(chip);\n" % (
            n, ", ".join("r[%d]" % i for i in range(n)))),
        ("E0403", 3, CORES * NEURONS, board, lambda n: "input ecg[8, 8] = bioamp();\ninput cam[16, 16] = dvs(dvs128);\n"
            "population r[%d] : s;\necg[0, 0] -> r : ampa(weight = s.a);\n"
            "cam[0, 0] -> r[0:600] : ampa(weight = s.a);\ncam[0, 1] -> r[599:] : ampa(weight = s.a);\n" % n),
        ("E0403", 3, 3, row(1), lambda n: "population r[40] : s;\nplace r : spread(cores = %d);\n" % n),
    ]


def program(board, text, base, code, exit_code):
    files = {"net.dyn": base.replace("chips = 1", board, 1) + text}
    if "chip.json" in board:
        files["chip.json"] = worn_chip()
    return Program(files, [], code, board, code, exit_code)


def of_limit(case, base, over, state, dice):
    """The network at its limit or one over, with the same dice."""
    code, exit_code, limit, board, text = case
    dice.setstate(state)
    made = text(limit + over)
    board, made = made if board is None else (board, made)
    return program(board, made, base, code if over else None, exit_code if over else 0)


def almost(seed):
    dice = random.Random("almost %d" % seed)
    p = dice.randrange(1, 12)
    base = BASE % {"seed": dice.randrange(1000), "p": p}
    if seed % 2:
        cases = limits(dice, p)
        case, state = cases[seed // 2 % len(cases)], dice.getstate()
        broken = of_limit(case, base, 1, state, dice)
        broken.twin = of_limit(case, base, 0, state, dice)
        return broken
    cases = faults(dice)
    code, exit_code, text = cases[seed // 2 % len(cases)]
    board = "chips = 1"
    if text.startswith("chips"):
        board, text = text.split("\n", 1)
    broken = program(board, text, base, code, exit_code)
    broken.twin = None
    return broken
