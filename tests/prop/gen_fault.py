"""Faults put into a program that is right: every code the naive evaluator decides, at its limits where it has some."""
import string

# One statement to a line, some of them right; $p is a population, $s its bias set, $i an input, $f the first neuron of $p.
TEXT = r"""
let zz = 1 $$ 2;
let zz = 3 µ;
let zz = "open;
let in = 3;
input on[2];
let zz = 50Hx;
let zz = 3nAx;
let zz = 0x1nA;
let zz = 9223372036854775808;
let zz = 1e999;
let zz = 3
let zz = (3;
let zz = 3);
let = 3;
let zz = 1 < 2 < 3;
let zz = 1 == 2 == 3;
for zz in 0..3 { assert on; }
let zz = "a\q";
let zz = 1 ! 2;
population zz[2] $p;
let zz = [1, 2;
assert 1 > 0
bias zz { membrane.tau 3 ms; }
}
let zz = 1.;
let zz = .5;
let zz = 1 +;
$p -> ;
let zz = 9223372036854775807;
"""

# Masks of a projection from $i to $p.
MASKS = r"""
nowhere
pre == nowhere
5
pre
pre.u
1 nA
pre < on
pre and on
not pre
random(1.2)
random(-0.1)
random(on)
fan_in(99)
fan_out(99)
fixed_total(9999)
fan_in(1.5)
fan_in(-1)
pre.w == 0
1 / (pre - pre) > 1
pre % 0 == 0
pre // 0 == 0
log(pre - pre) > 0
sqrt(-1 - pre) > 0
pre * 4611686018427387904 + 9223372036854775807 * (1 + post) > 0
exp(1000 + pre) > 0
[1, 2][pre + 9] > 0
pre < 1 nA
pre == on
pre.x < "a"
dist(pre) > 1
dist(post, pre) > 1
dist(pre, 3) > 1
post == 0 and pre < 2 ms
pre in 1 nA .. 2 nA
pre < 2 < 3
2 ** 64 > pre
select(pre, on, off)
select(on, 1, on)
select(on, pre, 1 nA) == 1
min(pre, 2 nA) > 0
abs(on)
hypot(1 nA, 2 ms) > 0
gauss(pre, 0) > 0
gauss(pre, 1 nA) > 0
exp(1 nA) > 1
log(2 ms) > 1
len(pre) > 0
random(0.5, 3)
random()
fan_in()
select(on, on)
pre, post
"""

# Arguments of a synapse from $i to $p.
ARGUMENTS = r"""
pre == post
weight = -1 nA
weight = 0
weight = 0 nA
weight = 1 ms
weight = on
weight = pre * 0 nA
weight = $s.w0 + $s.w0
weight = $s.nope
weight = 1 nA, weight = 2 nA
weight = 1 nA, delay = 1 nA
weight = 1 nA, delay = 3
weight = 1 nA, delay = on
weight = 1 nA, stp = 1
weight = 1 nA, repeat = -1
weight = 1 nA, repeat = 1.5
weight = 1 nA, repeat = post - 9
weight = 1 nA, share = pre == 0
weight = 1 nA, share = 1
weight = 1 nA, size = 3
weight = 1 nA, delay = sometimes
weight = nowhere
weight = 1 nA, delay = pre.q
"""

STATEMENTS = r"""
let zz = exh + 1;
let zz = 1 nA + nowhere + 1;
let zz = pre + 1;
let zz = w + 1;
let zz = ms + 1;
let zz = true + 1;
let zz = min(1, nope) + 1;
let zz = $s.q + 1;
let $p = 3;
let zz = 1; let zz = 2;
fn min(a) = a;
fn zz(a, a) = a;
fn zz($p) = 1;
let zz = [$p for $p in 0:3];
for $p in 0:2 { assert on; }
net zz(a: int, a: int) { }
fn zz(a) = zz(a);
net zz() { use y = zz(); }
bias zz : zz { }
bias zz { tau = 3 ms; }
bias zz { membrane.tau = 3 mV; }
bias zz { membrane.tau = 3; }
bias zz { dc = 3 ms; }
bias zz { spike.threshold = 5; }
bias zz { membrane.gain = 4 ms; }
bias zz { delay.none = 3 nA; }
bias zz { membrane.tau = 3 ms; SOIF_LEAK_N = 1 nA; }
bias zz { dc = 1 nA; dc = 1 nA; }
bias zz { dc = dac(6, 0); }
bias zz { dc = dac(0, 256); }
bias zz { dc = dac(5, 255); }
bias zz { dc = dac(1.5, 2); }
bias zz { dc = dac(1); }
bias zz { dc = pre; }
bias zz : $p { }
bias zz : nowhere { }
bias zz { weight.tolerance = 1 nA; }
bias zz { weight.unit = 3; }
bias zz { weight.a = 1 nA; weight.b = 1 nA; weight.c = 1 nA; weight.d = 1 nA; weight.e = 1 nA; }
bias zz { weight.a = 1 nA; weight.w0 = 2 nA; }
bias zz { weight.w0 = 1 nA; SYAM_W0_P = 2 nA; }
population zz[2] : $p;
population zz[2] : nowhere;
population zz[0] : $s;
population zz[1.5] : $s;
population zz[2, 2, 2, 2] : $s;
population zz[1025] : $s;
population zz[1000000, 1000000, 1000000] : $s;
population zz[pre] : $s;
population zz[2] : $s { model = linear; }
population zz[2] : $s { tau = on; }
population zz[2] : $s { dc = 1; }
population zz[2] : $s { dc = on; dc = on; }
population zz[2] : $s { latch.nope = on; }
population zz[2] : $s { dc = on; latch.so_dc = off; }
set $p { alpha_nmda = on; } set $f { alpha_nmda = off; }
set $p { dc = nowhere; }
set $i { dc = on; }
set nowhere { dc = on; }
set $p[0:0] { dc = on; }
$p -> $i : ampa(weight = 1 nA);
$p -> nowhere : ampa(weight = 1 nA);
$p -> $s : ampa(weight = 1 nA);
$p[999] -> $p : ampa(weight = 1 nA);
$p[0:999] -> $p : ampa(weight = 1 nA);
$p[-1] -> $p : ampa(weight = 1 nA);
$p[0:1:0] -> $p : ampa(weight = 1 nA);
$p[2:1] -> $p : ampa(weight = 1 nA);
$p[1.0] -> $p : ampa(weight = 1 nA);
$p[0, 0, 0, 0] -> $p : ampa(weight = 1 nA);
$p[pre] -> $p : ampa(weight = 1 nA);
$i -> $p : delta(weight = 1 nA);
$i -> $p : ampa(random(0.5), weight = 1 nA); $i -> $p : ampa(random(0.5), weight = 1 nA);
zz: $i -> $p : ampa(weight = 1 nA); zz: $i -> $p : gaba(weight = 1 nA);
$i -> $p : ampa(random(0.5, key = 1), weight = 1 nA); $i -> $p : ampa(random(0.5, key = 2), weight = 1 nA);
for z in 0:2 { zz: $i -> $p : ampa(random(0.5), weight = 1 nA); } for z in 0:1 { zz: $i -> $p : gaba(random(0.5), weight = 1 nA); }
for z in 0:2 { zz: $i -> $p : ampa(weight = 1 nA); } for z in 0:1 { zz: $i -> $p : gaba(weight = 1 nA); }
assert 1 > 2;
assert 3;
assert pre == 0;
assert 1 nA < 2 ms;
if 1 { assert on; }
if pre == 1 { assert on; }
for zz in 0:2.5 { assert on; }
for zz in 0:2 { population q[2] : $s; }
if on { input q[2]; }
for zz in 0:2 { param q = 3; }
if off { test "a" { run 1 s; } }
net zz() { param q = 3; }
net zz() { target dynapse2; }
for zz in 0:3:0 { assert on; }
for zz in 3:1 { assert off; }
for zz in 0:1000001 { assert on; }
use zz = nowhere();
use zz = $p();
net zz(a: int) { } use y = zz();
net zz(a: int) { } use y = zz(1, 2);
net zz(a: int) { } use y = zz(b = 1);
net zz(a: int) { } use y = zz(1.5);
net zz(a: bias) { } use y = zz($p);
net zz(a: view) { } use y = zz($s);
net zz(a: time) { } use y = zz(3 nA);
net zz() { } use y = zz(); probe y.q : spikes;
net zz() { population _q[1] : $s; } use y = zz(); probe y._q : spikes;
net zz() { population q[1] : $s; } use y[2] = zz(); probe y[2].q : spikes;
net zz() { population q[1] : $s; } use y[2] = zz(); probe y.q : spikes;
probe $p : nowhere;
probe nowhere : spikes;
probe $i : membrane;
place $i : core(0, 0);
place $p : nowhere(1);
let zz = 9223372036854775807 + 1;
let zz = 4096 ** 8;
let zz = -9223372036854775807 - 2;
let zz = 2 ** 63;
let zz = 2 ** 62;
let zz = 1 / 0;
let zz = 1 % 0;
let zz = 0 ** -1;
let zz = exp(1000);
let zz = log(0);
let zz = sqrt(-1);
let zz = 1e308 * 10;
let zz = 3 nA + 2 ms;
let zz = 3 nA + 1;
let zz = 3 nA < 1;
let zz = 3 nA == 1;
let zz = on + 1;
let zz = on == 1;
let zz = "a" + "b";
let zz = "a" == "a"; assert zz;
let zz = -on;
let zz = not 1;
let zz = (1 nA) ** 5;
let zz = (1 nA) ** 4;
let zz = (1 nA) ** 0.5;
let zz = 2 ** 1 nA;
let zz = sqrt(1 nA);
let zz = 1 nA // 1 ms;
let zz = min(1, on);
let zz = min(1);
let zz = sqrt(1, 2);
let zz = [1, 2][2];
let zz = [1, 2][-1];
let zz = [1, 2][0:1];
let zz = [[1, 2], [3]]; let y = rows(zz);
let zz = [[1, 2], [3, 4]][0, 2];
let zz = 3[0];
let zz = rows([1, 2]);
let zz = rows(3);
let zz = len(3);
let zz = sum([]);
let zz = sum([on]);
let zz = load("nope.csv");
let zz = load("../nope.csv");
let zz = load("/nope.csv");
let zz = load(3);
let zz = random(0.5); assert zz;
fn zz(a) = a; let y = zz();
fn zz(a) = a; let y = zz(1, 2);
fn zz(a: int) = a; let y = zz(1.5);
fn zz(a: int) = a; let y = zz(b = 1);
fn zz(a) = nowhere;
fn zz(a) = a + 1; assert zz(1) == 2; assert zz(0.5) == 1.5;
fn zz(a: real = 2) = a / 4; assert zz() == 0.5;
let zz = 7 // 2; assert zz == 3; assert -7 // 2 == -4; assert -7 % 3 == 2;
assert 5 in 0 .. 4 or 2 ** 3 ** 2 == 512;
assert -2 ** 2 == -4 and 2 ** -1 == 0.5;
assert round(2.5) == 3 and round(-2.5) == -3;
assert 7.5 // 2 == 3 and -7.5 % 2 == 0.5;
assert 1 kHz * 1 ms == 1;
assert not 1 == 2;
assert 3 nA in 1 .. 5 nA;
assert 3 nA in 1 .. 0 nA;
param zz: int = 1.5;
param zz: real = 1; assert zz / 2 == 0.5;
param zz: current = 0;
param zz: nothing = 1;
param zz: time = 1 nA;
target dynapse2;
import "nope.dyn" as zz;
import "../nope.dyn" as zz;
import "net.dyn" as zz;
assert len([i for i in 0:5]) == 5;
assert len([i for i in 5:5]) == 0;
let zz = [i for i in 0:3 ][1]; assert zz == 1;
let zz = [i * 1.5 for i in 0:3]; assert sum(zz) == 4.5;
assert cols([[1, 2], [3, 4]]) == 2 and [[1, 2], [3, 4]][1][0] == 3 and [[1, 2], [3, 4]][1, 0] == 3;
for q in 0:2 { bias q2 { } }
for q in 0:2 { fn q2(a) = a; }
for q in 0:2 { net q2() { } }
for q in 0:2 { import "a" as b; }
for q in 0:2 { target dynapse2; }
net zy() { } for q in 0:2 { use q2 = zy(); }
for q in 0:2 { let w = q; } let w = 1;
for q in 0:2 { let w = 1; let w = 2; }
if on { let w = 1; } else { let w = 2; } assert w == 1;
for q in 0:1 { zz: $i -> $p : ampa(weight = 1 nA); zz: $i -> $p : gaba(weight = 1 nA); }
assert [1, 2.5][0] // 2 == 0;
let zz = [1, on];
let zz = [1, on]; assert zz[0] == 1;
let zz = [1, 2 nA];
let zz = [[1, 2], [3, 4]][1]; assert sum(zz) == 7;
let zz = []; assert len(zz) == 0;
assert len($p) > 0;
assert len($i) == 0;
assert rows([[1, 2]]) == 1 and cols([[1, 2]]) == 2;
assert max(1, 2, 3) == 3 and min(3, 1, 2) == 1;
assert max([1, 2]) == 2;
assert abs(-3 nA) == 3 nA;
assert abs(-9223372036854775807 - 1) > 0;
assert floor(2.7) == 2 and ceil(2.1) == 3 and floor(-2.5) == -3;
assert floor(1e30) > 0;
assert floor(3 nA) == 0;
assert 10 // 3.5 == 2 and 10 % 3.5 == 3;
assert 7 nA % 2 nA == 1 nA;
assert 1.0 // 0.1 == 9;
assert 0.3 % 0.1 < 0.1;
assert 2 ** 0.5 > 1.4;
assert (-8) ** 0.5 > 0;
assert 2.0 ** 2000 > 1;
assert 0 ** 0 == 1;
assert 0.0 ** 0 == 1;
assert 10 ** -2 == 0.01;
assert (2 nA) ** 2 / 1 nA == 4 nA;
assert sqrt(2) * sqrt(2) != 2;
assert 1 / 3 * 3 == 1;
assert exp(1) > 2.718281828459045 - 1e-15;
assert "a" < "b";
assert "a" != "b";
assert on and 1;
assert off and 1;
assert on or nowhere;
assert select(on, 1, 1 / 0) == 1;
assert off and 1 / 0 == 1;
let zz = 1 nA * 1 nA * 1 nA * 1 nA * 1 nA;
let zz = 1 ms / 1 nA;
assert 3 in 1 .. 2 or 3 in 3 .. 3;
assert 3 in 5 .. 1;
assert 3 nA in 1 .. 5;
assert 3 in 1 nA .. 5;
assert 0 in 1 nA .. 2 nA;
assert 0 < 1 nA and 0 == 0 nA and -1 nA < 0;
assert (0) < 1 nA;
assert 0.0 < 1 nA;
assert -0 < 1 nA;
let zz = 0; assert zz < 1 nA;
assert 1e-400 == 0;
assert 0x10 == 16 and 0b11 == 3 and 1_000 == 1000;
assert 1__0 == 10;
assert 1_ == 1;
assert 1e5 == 100000;
assert 1E5 == 1e+5;
assert 1e == 1;
assert 3ms == 3 ms;
assert 3   ms == 3	ms;
assert 3 m == 3;
let zz = "\t\n\"\\";
let zz = 'a';
let zz = 1;;
;
let zz = (1, 2);
let zz = f(;
$i -> $p : ampa(weight = 1 nA,);
$i -> $p : ampa(weight = 1 nA) gaba(weight = 1 nA);
$i -> $p : 5;
$i -> $p : $s;
$i -> $p : min(1, 2);
$i -> $p : ampa;
$i, $i -> $p : ampa(weight = 1 nA);
$i -> $p[::] : ampa(weight = 1 nA);
$i -> $p[:] : ampa(weight = 1 nA);
$i[0:1] -> $p : ampa(weight = 1 nA);
$i[1:1] -> $p : ampa(weight = 1 nA);
$f[0] -> $p : ampa(weight = 1 nA);
$f[1] -> $p : ampa(weight = 1 nA);
$f[0, 0] -> $p : ampa(weight = 1 nA);
net zz(v: view) { population q[2] : $s; v[0:1] -> q : ampa(weight = 1 nA); x: v -> q : gaba(random(0.5), weight = 2 nA); } use y = zz($p); use y2 = zz($f);
net zz(b: bias) { bias c : b { weight.w3 = 2 nA; } population q[2] : c; q -> q : ampa(weight = b.w3 + c.w2); } use y = zz($s); use y2 = zz(b = $s);
net zz(b: bias) { population q[2] : b; q -> q : ampa(weight = $s.w3); } bias other { } use y = zz(other);
net zz(n: int) { use y = zz2(n); }
net zz(n: int = 3, m = n + 1) { population q[m] : $s; } use y = zz(); use y2 = zz(2); use y3 = zz(m = 1);
net zz() { let a = 1; } use y = zz(); assert y.a == 1;
net zz() { fn a(x) = x; } use y = zz(); assert y.a(2) == 2;
net zz() { let _a = 1; } use y = zz(); assert y._a == 1;
net zz() { population q[1] : $s; } use y[0] = zz();
net zz() { population q[1] : $s; } use y[2, 2] = zz();
net zz() { population q[1] : $s; } use y[2] = zz(); probe y[0:1].q : spikes;
net zz() { population q[1] : $s; } use y[2] = zz(); probe y[1].q : spikes; place y[0] : core(0, 0);
net zz() { test "a" { run 1 s; } }
net zz() { import "a" as b; }
set $p { model = exponential; model = threshold; }
set $p { homeostasis = soma; latch.ho_enable = off; }
set $p { homeostasis = on; }
set $p { model = on; }
set $f, $f { dc = on; }
population zz[2] : $s { latch.so_dc = on; }
population zz[2] : $s { kill = pre == 0; }
bias zz { dc = 0; }
bias zz { dc = -1 nA; }
bias zz { membrane.tau = 0 ms; }
bias zz { membrane.tau = -1 ms; }
bias zz { membrane.gain = -1; }
bias zz { weight.tolerance = -1; }
bias zz { tolerance = 0; }
bias zz { weight.unit = 0 nA; }
bias zz { weight.x.y = 1 nA; }
bias zz { weight.pre = 1 nA; }
bias zz { weight.unit = 1 nA; weight.unit = 2 nA; }
bias zz { delay.none = 1 ms; delay.none = 2 ms; }
bias zz { SYPD_DLY0_P = 1 ms; }
bias zz { SYPD_DLY0_P = 1 nA; delay.none = 1 ms; }
bias zz { delay.both = 1 ms; }
bias zz { membrane = 1 ms; }
bias zz { x.y.z = 1; }
fn zz(v) = len(v); assert zz($p) > 0;
fn zz(b) = b.w0; zq: $i -> $p : ampa(weight = zz($s));
let zz = $s.w0 + $s.w1; zq: $i -> $p : ampa(weight = zz);
let zz = $s; bias zy : zz { }
let zz = $p; zz -> zz : ampa(weight = 1 nA);
zq: $i -> $p : ampa(weight = select(pre == 0, $s.w0, 1 nA));
zq: $i -> $p : ampa(weight = 1 nA, delay = select(pre == 0, none, both));
zq: $i -> $p : ampa(fan_in(pre), weight = 1 nA);
zq: $i -> $p : ampa(fan_out(post), weight = 1 nA);
zq: $i -> $p : ampa(fixed_total(pre), weight = 1 nA);
zq: $i -> $p : ampa(random(0.5, key = pre), weight = 1 nA);
zq: $i -> $p : ampa(random(0.5, key = 1.5), weight = 1 nA);
zq: $i -> $p : ampa(random(0.5, key = -3), weight = 1 nA);
zq: $i -> $p : ampa(pre = 3, weight = 1 nA);
zq: $i -> $p : ampa(weight = 1 nA, pre == 0);
zq: $i -> $p : ampa(mask = pre == 0, weight = 1 nA);
zq: $i -> $p : ampa([on, off][pre % 2], weight = 1 nA);
zq: $i -> $p : ampa(weight = 1e-30 nA);
zq: $i -> $p : ampa(weight = 1 A);
zq: $i -> $p : ampa(weight = 20 mA);
zq: $i -> $p : ampa(weight = 1 nA, delay = -1 ms);
zq: $i -> $p : ampa(weight = 1 nA, delay = 1e-9 ns);
zq: $i -> $p : ampa(weight = 1 nA, repeat = 4294967296);
zq: $i -> $p : ampa(weight = 1 nA, repeat = 1000000);
zq: $i -> $p : ampa(pre, weight = 1 nA, repeat = 1.5);
zq: $i -> $p : ampa(pre.x.y == 1, weight = 1 nA);
zq: $i -> $p : ampa(pre[0] == 1, weight = 1 nA);
zq: $i -> $p : ampa(pre() == 1, weight = 1 nA);
zq: $i -> $p : ampa(conv([[1]]) > 0, weight = 1 nA);
zq: $i -> $p : ampa(conv([[1]], stride = 0) > 0, weight = 1 nA);
zq: $i -> $p : ampa(conv([1]) > 0, weight = 1 nA);
zq: $i -> $p : ampa(conv(3) > 0, weight = 1 nA);
zq: $i -> $p : ampa(conv([[1]], pad = wide) > 0, weight = 1 nA);
zq: $i -> $p : ampa(dist(pre, post, sphere) > 0, weight = 1 nA);
zq: $i -> $p : ampa(load("nope.npy")[pre, post] > 0, weight = 1 nA);
zq: $i -> $p : ampa([[1]][pre, post] > 0, weight = 1 nA);
zq: $i -> $p : ampa([[1]][pre] > 0, weight = 1 nA);
zq: $i -> $p : ampa(sum([pre, post]) > 1, weight = 1 nA);
zq: $i -> $p : ampa(sum([k * pre for k in 0:3]) > 1, weight = 1 nA);
zq: $i -> $p : ampa([pre, post][1] > 0, weight = 1 nA);
zq: $i -> $p : ampa(len([pre, post]) == 2, weight = 1 nA);
"""


def lines(table):
    return [line for line in table.split("\n") if line]


def statements(builder):
    """Every fault as a statement for the end of the program."""
    population, source = builder.populations[0], builder.inputs[0]
    names = {"p": population.path, "s": population.bias.path, "i": source.path,
             "f": "%s[%s]" % (population.path, ", ".join("0" for _ in population.dims))}
    out = lines(TEXT) + ["zz: $i -> $p : ampa(%s, weight = 1 nA);" % mask for mask in lines(MASKS)]
    out += ["zz: $i -> $p : ampa(%s);" % arguments for arguments in lines(ARGUMENTS)] + lines(STATEMENTS)
    for depth in (200, 257):
        out.append("let zz = %s1%s;" % ("(" * depth, ")" * depth))
    for length in (128, 129):
        out.append("let %s = 1;" % ("z" * length))
    return [string.Template(text).substitute(names) for text in out]


def inject(builder):
    """Puts one of the statements at the end of the program, or an option or file at fault."""
    dice, program = builder.dice, builder.program
    if dice.random() < 0.06:
        program.fault = dice.choice(["nope=3", "zz=1 nA", "%s=on" % (program.options[program.options.index("-D") + 1].split("=")[0] if "-D" in program.options else "a")])
        program.options += ["-D", program.fault]
        return
    if dice.random() < 0.08:
        text = dice.choice(["1,2\n3\n", "1,x\n", "", "a,b\n", "nan,1\n", "1,2\n3,4\n", "1,,2\n", "1e999,2\n", " 1 , 2 \n", "+1,-2\n", "1;2\n"])
        program.files["zz.csv"] = text
        program.fault = 'let zz = load("zz.csv"); assert rows(zz) > 0;'
    elif dice.random() < 0.05:
        program.files["zz.csv"] = dice.choice(["0,0\n0,0\n", "0,99\n", "-1,0\n", "0,0,0\n", "0.5,0\n", "0,0\n", "x\n", "pre,post\n0,0\n"])
        program.fault = 'zz: %s -> %s : ampa(pairs("zz.csv"), weight = 1 nA);' % (builder.inputs[0].path, builder.populations[0].path)
    else:
        program.fault = dice.choice(statements(builder))
    program.statements.append(program.fault)
