"""Numbers: faults, dimensions, units, correctly rounded elementary functions, the hash of the dice."""
import decimal
import math
from fractions import Fraction

INT_MIN, INT_MAX = -(2 ** 63), 2 ** 63 - 1
WORD = 2 ** 64 - 1


class Fault(Exception):
    """The program is in error: the code dync must report."""

    def __init__(self, code, why=""):
        super().__init__("%s %s" % (code, why))
        self.code = code


class Poison(Exception):
    """Something that failed before is used: no further message."""


NONE = (0, 0, 0)     # exponents of ampere, second, volt
CURRENT, TIME, VOLTAGE, FREQUENCY = (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, -1, 0)
UNITS = {}
for _names, _dim, _powers in (("fA pA nA uA mA", CURRENT, (-15, -12, -9, -6, -3)), ("ns us ms s", TIME, (-9, -6, -3, 0)),
                              ("uV mV V", VOLTAGE, (-6, -3, 0)), ("Hz kHz MHz", FREQUENCY, (0, 3, 6))):
    for _name, _power in zip(_names.split(), _powers):
        UNITS[_name] = (Fraction(10) ** _power, _dim)


class Quantity:
    """A real with a dimension that is not NONE."""

    __slots__ = ("value", "dim")

    def __init__(self, value, dim):
        self.value, self.dim = value, dim

    def __repr__(self):
        return "%r A^%d s^%d V^%d" % ((self.value,) + self.dim)


def real(value):
    """A finite binary64, else E0209."""
    if value != value or value in (math.inf, -math.inf):
        raise Fault("E0209")
    return value


def integer(value):
    if not INT_MIN <= value <= INT_MAX:
        raise Fault("E0206")
    return value


def quantity(value, dim):
    value = real(value)
    if dim == NONE:
        return value
    if any(not -4 <= e <= 4 for e in dim):
        raise Fault("E0204")
    return Quantity(value, dim)


def literal(exact, unit):
    """The quantity of a token: its decimals times its unit, rounded once."""
    scale, dim = unit
    try:
        return Quantity(float(exact * scale), dim)
    except OverflowError:
        raise Fault("E0105") from None


def to_float(exact):
    try:
        return float(exact)
    except OverflowError:
        raise Fault("E0209") from None


def root(exact):
    """The binary64 nearest to the square root of a fraction."""
    if exact < 0:
        raise Fault("E0209")
    if exact == 0:
        return 0.0
    shift = max(0, 140 - (exact.numerator.bit_length() - exact.denominator.bit_length()))
    shift += shift % 2
    scaled = (exact.numerator << shift) // exact.denominator
    low = math.isqrt(scaled)
    inexact = low * low != scaled or (exact.numerator << shift) % exact.denominator
    # 70 bits and a sticky one decide the rounding to 53.
    return to_float(Fraction(2 * low + (1 if inexact else 0), 2) / (Fraction(2) ** (shift // 2)))


def sqrt(x):
    return root(Fraction(x))


def hypot(x, y):
    return root(Fraction(x) ** 2 + Fraction(y) ** 2)


CONTEXT = decimal.Context(prec=60, Emax=10 ** 6, Emin=-(10 ** 6))


def exp(x):
    """Correctly rounded: 60 digits are enough, no exp of a binary64 but exp(0) comes near a tie."""
    if x > 710:
        raise Fault("E0209")
    if x < -800:
        return 0.0
    return real(float(CONTEXT.exp(decimal.Decimal(x))))


def log(x):
    if x <= 0:
        raise Fault("E0209")
    return float(CONTEXT.ln(decimal.Decimal(x)))


def half_away(x):
    """The integer nearest to a binary64, halves away from zero."""
    exact = Fraction(x)
    return integer(int(abs(exact) + Fraction(1, 2)) * (1 if exact >= 0 else -1))


# --- dice

def mix(z):
    z = (z + 0x9E3779B97F4A7C15) & WORD
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
    return z ^ (z >> 31)


def fnv(text):
    h = 0xCBF29CE484222325
    for byte in text.encode("ascii"):
        h = ((h ^ byte) * 0x100000001B3) & WORD
    return h


def die_key(seed, identity, site):
    return mix(mix(mix(seed & WORD) ^ fnv(identity)) ^ site)


def shared_key(seed, key):
    return mix(mix(seed & WORD) ^ mix(key & WORD))


def draw(key, pre, post):
    """u in [0, 1) as its 53 bits."""
    return mix(mix(key ^ pre) ^ post) >> 11


assert mix(mix(die_key(0, "a -> b", 0) ^ 0) ^ 0) == 0x635EDF81FBC7CB92
assert mix(mix(die_key(42, "src -> hidden", 0) ^ 3) ^ 5) == 0xE54C7A0CE676C6E8
assert mix(mix(die_key(7, "w.rec", 1) ^ 63) ^ 0) == 0x78E22090B8AE918A
assert mix(mix(shared_key(42, 7) ^ 3) ^ 5) == 0xF1EEF78815437008
