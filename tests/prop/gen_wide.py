"""Programs over views so wide that dync looks for the pairs of a mask instead of visiting them all: few projections,
masks whose pairs lie in bands, rings, windows and tables, their combinations, and faults hidden at single pairs."""
from gen_language import Builder

SHAPES = [[130], [128], [256], [64], [70], [12, 11], [16, 16], [3, 44], [8, 8], [8, 20], [2, 8, 9], [4, 6, 6], [100, 2], [1, 140]]
LEAST = 16384  # pairs


class Wide(Builder):
    def size(self, shape):
        out = 1
        for d in shape:
            out *= d
        return out

    def sparse(self, pre, post, depth=2):
        """A mask that is on for few pairs, or off for few."""
        dice, n, m = self.dice, self.size(pre), self.size(post)
        k, c, r = dice.randrange(1, 9), dice.randrange(-9, 10), dice.choice(["1", "1.5", "2", "3.0", "0.5", "2.3"])
        x = dice.choice(["x", "x", "y", "z", "px", "py"])
        if depth > 0 and self.chance(0.45):
            a, b = (self.sparse(pre, post, depth - 1) for _ in range(2))
            return dice.choice(["(%s) and (%s)" % (a, b), "(%s) or (%s)" % (a, b), "(%s) and not (%s)" % (a, b), "not (%s)" % a,
                                "select(%s, %s, off)" % (a, b), "random(0.3) and (%s)" % a, "(%s) and random(0.4)" % a,
                                "fan_in(%s, %s)" % (dice.choice(["0", "post % 2 - post % 2"]), a), "(%s) == (%s)" % (a, b),
                                "(%s) or fan_in(1)" % a, "fixed_total(3) or (%s)" % a])
        return dice.choice([
            "post == pre + %d" % c, "post == (pre + %d) %% %d" % (c, m), "pre %% %d == post" % k, "pre // %d == post // %d" % (k, dice.randrange(1, 9)),
            "abs(pre - post) <= %d" % k, "abs(pre - post) < %s" % r, "min((pre - post) %% %d, (post - pre) %% %d) in %d .. %d" % (n, n, k % 3, k),
            "dist(pre, post) <= %s" % r, "dist(pre, post) in 1 .. %s" % r, "dist(pre, post%s) < %s" % (", torus" if pre == post else "", r),
            "abs(pre.%s - post.%s) <= %d and abs(pre.y - post.y) <= 1" % (x, x, k % 3), "hypot(pre.u - post.u, pre.v - post.v) < 0.%d" % k,
            "gauss(dist(pre, post), 1.5) > 0.%d" % k, "(pre - post) ** 2 <= %d" % (k * 3), "pre * post == %d" % (k * 6), "pre + post == %d" % (k * 20),
            "2 * pre - 3 * post in %d .. %d" % (c, c + k), "pre in %d .. %d" % (k, k + 5), "post.%s == %d" % (x, k), "pre == %d" % (n - 1), "pre >= %d" % (n - k),
            "pre.u < 0.0%d or post.v > 0.9%d" % (k, k), "-pre == post - %d" % (k * 9), "pre.x * 2 == post.x and pre.y == post.y", "pre.p == post.p", "pre == post",
            "pre != post", "max(pre, post) <= %d" % k, "abs(pre.u - post.u) <= 0.0%d" % k, "pre / 2 == post", "(pre + %d) // %d == post %% %d" % (c + 9, k, k + 2),
            "floor(pre / %d) == post" % (k + 1), "sqrt(pre) == post", "exp(-abs(pre - post)) > 0.%d" % k, "round(pre * 0.7) == post", "pre %% -%d == -post" % k,
            "log(1 + pre) > %d + post" % (k % 3), "pre // (post + 1) == %d" % k, "%d // (pre + 1) == post" % (k * 30), "pre %% (post + 2) == %d" % k,
            "(pre - %d) // (post %% 5 + 1) == %d" % (k * 9, c), "(pre - %d) / (post + 1) in %d .. %d" % (k * 9, c, c + 1), "pre * (post - %d) in %d .. %d" % (k, c, c + k),
            "(pre - %d) * (post - %d) == %d" % (k * 5, k * 4, c), "min(pre, %d) == max(post, %d)" % (k, k), "(post - pre) %% %d == %d" % (k + 1, k % 3),
            "ceil((pre - %d) / 3) == post" % (k * 9), "abs(pre.x - %d) + abs(post.x - %d) <= %d" % (k, k, k), "[0, %d, 2][pre %% 3] == post" % k, "post < %d and pre %% 7 == 0" % k])

    def fault_at_a_pair(self, pre, post):
        dice, n, m = self.dice, self.size(pre), self.size(post)
        at = dice.randrange(n)
        return dice.choice(["1 / (pre - %d) > 99 and post == 3" % at, "post == 3 and 1 / (pre - %d) > 2" % at, "pre == %d and 1 / (post - %d) > 2" % (at, dice.randrange(m)),
                            "sqrt(%d - pre) == post" % (n - 2), "post %% (pre - %d) == 1" % at, "log(post + pre - 0) < 0", "pre != %d and 1 / (pre - %d) > 1" % (at, at),
                            "post > %d or 1 / (pre - post + %d) > 5" % (m, n + m), "abs(pre - post) <= 1 and [1, 2][pre // %d] == 1" % (n - 1),
                            "[1, 2, 3][pre - post + 1] == 2", "abs(pre - post) < 2 and [1, 2, 3][pre - post + 1] == 2", "random(pre / %d)" % (n - 2), "random(pre / %d)" % n,
                            "pre == post and random(1.5 - pre / %d)" % n, "fan_in(%d, pre <= post)" % dice.randrange(1, 3), "fan_in(min(post + 1, 2), pre <= post)",
                            "exp(pre * 10) > 1 and post == 0", "(pre - 9) * 4611686018427387904 > post", "fan_out(2, abs(pre - post) <= 1)"])

    def maps(self):
        dice = self.dice
        while True:
            pre, post = dice.choice(SHAPES), dice.choice(SHAPES)
            if LEAST <= self.size(pre) * self.size(post) <= 2 * LEAST and self.size(post) <= 256:
                return pre, post

    def kernels(self, pre, post):
        """conv over the two maps, if their shapes are a map and its stride."""
        if len(pre) > 2 or len(post) > 2:
            return None
        (h, w), (h1, w1) = ([1] + pre)[-2:], ([1] + post)[-2:]
        for sy in (1, 2, 3):
            for sx in (1, 2, 3):
                if (-(-h // sy), -(-w // sx)) == (h1, w1):
                    cells = [[self.dice.choice([0, 0, 1, -1, 2]) for _ in range(self.dice.randrange(1, 4))]]
                    rows = [cells[0], [1] + [0] * (len(cells[0]) - 1), [self.dice.choice([0, -2])] * len(cells[0])][:min(self.dice.randrange(1, 4), h)]
                    return "conv([%s], stride = [%d, %d])" % (", ".join(map(str, rows)), sy, sx)
        return None

    def build(self):
        dice = self.dice
        self.target()
        self.out.append("bias s { membrane.tau = 9 ms; ampa.tau = 3 ms; weight.a = 1 nA; }")
        pre, post = self.maps()
        source = "src"
        if pre == post and self.chance(0.5) or self.size(pre) > 140 and self.size(post) > 140:
            self.out.append("population p[%s] : s;" % ", ".join(map(str, post)))
            source, pre = "p", post
        else:
            self.out += ["input src[%s];" % ", ".join(map(str, pre)), "population p[%s] : s;" % ", ".join(map(str, post))]
        mask = self.fault_at_a_pair(pre, post) if self.chance(0.3) else self.sparse(pre, post)
        kernel = self.kernels(pre, post)
        if kernel and self.chance(0.6):
            self.out.append("let k = %s;" % kernel)
            mask = dice.choice(["k > 0", "k != 0", "k < 0 or (%s)" % mask, "k >= 1 and pre %% 2 == 0"]).replace("%%", "%")
        if self.chance(0.15):
            self.program.files["e.csv"] = "".join("%d,%d\n" % pair for pair in sorted({(dice.randrange(self.size(pre)), dice.randrange(
                self.size(post))) for _ in range(9)}))
            mask = dice.choice(['pairs("e.csv")', 'pairs("e.csv") or (%s)' % mask, 'not pairs("e.csv") and (%s)' % mask])
        if self.chance(0.3):
            self.out.append("let mask = %s;" % mask)
            mask = "mask"
        sliced = "[%s]" % dice.choice(["0:%d" % pre[0], ":", "::1", "0:%d" % (pre[0] - 1 or 1)])
        weight = dice.choice(["s.a", "1 nA * (1 + abs(pre - post))", "2 nA"])
        self.out.append("l: %s%s -> p : ampa(%s, weight = %s);" % (source, sliced if self.chance(0.3) else "", mask, weight))
        return self.program


def generate(seed):
    return Wide(seed).build()
