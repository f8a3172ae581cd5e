"""What expressions may be: views, matrices, slot sums, names; their types; the arithmetic of scalars."""
import math
from fractions import Fraction

from .number import CURRENT, FREQUENCY, NONE, TIME, VOLTAGE, Fault, Poison, Quantity, integer, quantity, real

POISON = object()  # what a failed declaration leaves behind


class Object:
    """A population or an input."""

    def __init__(self, kind, path, dims, bias=None):
        self.kind, self.path, self.dims, self.bias = kind, path, dims, bias
        self.size = math.prod(dims)
        self.first = None
        self.latches = [0] * self.size
        self.rate = []  # as the canonical form has it

    def unit(self, flat):
        """exc[3], map[2, 5, 7]"""
        subs = []
        for d in reversed(self.dims):
            subs.insert(0, flat % d)
            flat //= d
        return "%s[%s]" % (self.path, ", ".join(map(str, subs)))


class View:
    """Units of one object: per dimension of the object (low, step, count, kept)."""

    def __init__(self, of, axes=None):
        self.of = of
        self.axes = axes or [(0, 1, d, True) for d in of.dims]
        self.dims = [count for _, _, count, kept in self.axes if kept] or [1]
        self.units = [0]
        for (low, step, count, _), d in zip(self.axes, of.dims):
            self.units = [u * d + low + step * i for u in self.units for i in range(count)]

    def __len__(self):
        return len(self.units)

    def identity(self):
        """As dice know it: equal for equal units, however they were written."""
        out = self.of.path
        for (low, step, count, _), d in zip(self.axes, self.of.dims):
            if count != d:
                out += "[%d:%d:%d]" % (low, low + (count - 1) * step + 1, step if count > 1 else 1)
        return out

    def coordinates(self, i):
        """(x, y, z) of the view's unit i."""
        out = []
        for d in reversed(self.dims):
            out.append(i % d)
            i //= d
        return tuple(out + [0] * (3 - len(out)))

    def in_object(self, i):
        """(flat index, x, y, z) of unit i in the whole population."""
        flat = self.units[i]
        return (flat,) + View(self.of).coordinates(flat)

    def select(self, subs):
        """subs: ints or (low, high, step), one per dimension of the view, fewer take the rest whole."""
        if len(subs) > len(self.dims):
            raise Fault("E0203", "too many subscripts")
        kept = [a for a in range(len(self.axes)) if self.axes[a][3]]
        axes = list(self.axes)
        if not kept:  # a single unit has shape [1]
            for sub in subs:
                low, high, step = (sub, sub + 1, 1) if isinstance(sub, int) else sub
                check_range(low, high, step, 1)
            return View(self.of, axes)
        for a, sub in zip(kept, subs):
            low0, step0, count0, _ = axes[a]
            if isinstance(sub, int):
                if not 0 <= sub < count0:
                    raise Fault("E0210", "index %d of %d" % (sub, count0))
                axes[a] = (low0 + step0 * sub, 1, 1, False)
            else:
                low, high, step = sub
                high = count0 if high is None else high
                check_range(low, high, step, count0)
                axes[a] = (low0 + step0 * low, step0 * step, (high - low + step - 1) // step, True)
        return View(self.of, axes)


def check_range(low, high, step, size):
    high = size if high is None else high
    if step < 1 or not 0 <= low <= high <= size or low == high:
        raise Fault("E0210", "%s:%s:%s of %s" % (low, high, step, size))


class Slots:
    """A sum of weight slots: (bias set, position) pairs."""

    def __init__(self, slots):
        self.slots = slots


class Dac:
    def __init__(self, coarse, fine):
        self.coarse, self.fine = coarse, fine


class Pairs:
    """The positions of a pair list."""

    def __init__(self, pairs):
        self.pairs = pairs


class Type:
    """The type of an expression whose value is not known; `dim` for quantities."""

    __slots__ = ("name", "dim", "of")

    def __init__(self, name, dim=NONE, of=None):
        self.name, self.dim, self.of = name, dim, of

    def __eq__(self, other):
        return (self.name, self.dim) == (other.name, other.dim)

    def __repr__(self):
        return self.name + (str(self.dim) if self.dim != NONE else "")


INT, REAL, BOOL, STRING, SLOTS = (Type(name) for name in ("int", "real", "bool", "string", "slots"))


def of_dim(dim):
    if any(not -4 <= e <= 4 for e in dim):
        raise Fault("E0204")
    return REAL if dim == NONE else Type("quantity", dim)


def type_of(value):
    if isinstance(value, Type):
        return value
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, int):
        return INT
    if isinstance(value, float):
        return REAL
    if isinstance(value, Quantity):
        return Type("quantity", value.dim)
    if isinstance(value, str):
        return STRING
    if isinstance(value, list):
        return Type("list", of=value)
    return Type(type(value).__name__.lower(), of=value)


NUMERIC = ("int", "real", "quantity")


def need_number(t):
    if t.name not in NUMERIC:
        raise Fault("E0203", "%r is no number" % t)


def agree(a, b, zero_a=False, zero_b=False):
    """The common type of two numbers of one dimension; the literal 0 fits any."""
    need_number(a)
    need_number(b)
    if zero_a and b.name == "quantity":
        return b
    if zero_b and a.name == "quantity":
        return a
    if a.dim != b.dim:
        raise Fault("E0204")
    return INT if a.name == b.name == "int" else a if a.name == "quantity" else REAL


def binary_type(op, a, b, zero_a=False, zero_b=False):
    """The type of a op b; faults if they do not go together."""
    if op in ("and", "or"):
        if a.name != "bool" or b.name != "bool":
            raise Fault("E0203", "%s of %r and %r" % (op, a, b))
        return BOOL
    if op == "+" and a.name == b.name == "slots":
        return SLOTS
    if op in ("==", "!="):
        if a.name in NUMERIC and b.name in NUMERIC:
            agree(a, b, zero_a, zero_b)
        elif a.name != b.name or a.name not in ("bool", "string"):
            raise Fault("E0203", "%r %s %r" % (a, op, b))
        return BOOL
    if op in ("<", ">", "<=", ">="):
        agree(a, b, zero_a, zero_b)
        return BOOL
    if op in ("+", "-"):
        return agree(a, b, zero_a, zero_b)
    need_number(a)
    need_number(b)
    if op == "*" or op == "/":
        sign = 1 if op == "*" else -1
        if op == "*" and a.name == b.name == "int":
            return INT
        return of_dim(tuple(x + sign * y for x, y in zip(a.dim, b.dim)))
    if op in ("//", "%"):
        common = agree(a, b)
        return REAL if op == "//" and common.name == "quantity" else common
    return power_type(a, b)


def power_type(a, b):
    if b.name == "quantity":
        raise Fault("E0203")
    if a.name == "quantity":
        if b.name != "int":
            raise Fault("E0204")
        return a  # the dimension needs the exponent: see power()
    return INT if a.name == b.name == "int" else REAL


def plain(value):
    """The binary64 of a number, its dimension aside."""
    return value.value if isinstance(value, Quantity) else to_real(value)


def to_real(value):
    return float(value)


def divide_floor(op, a, b):
    if b == 0:
        raise Fault("E0209")
    if isinstance(a, int) and isinstance(b, int):
        return integer(a // b if op == "//" else a % b)
    if op == "//":
        return real(float(math.floor(Fraction(a) / Fraction(b))))
    rest = math.fmod(a, b)
    return real(rest + b if rest and (rest < 0) != (b < 0) else rest)


def power(a, b):
    if isinstance(a, Quantity):
        dim = tuple(e * b for e in a.dim)
        if any(not -4 <= e <= 4 for e in dim):
            raise Fault("E0204")
        return quantity(power(a.value, b), dim)
    if a == 0 and b < 0:
        raise Fault("E0209")
    if isinstance(a, int) and isinstance(b, int) and b >= 0:
        if abs(a) > 1 and b > 64:
            raise Fault("E0206")
        return integer(a ** b)
    try:
        out = float(a) ** b
    except OverflowError:
        raise Fault("E0209") from None
    if isinstance(out, complex):
        raise Fault("E0209")
    return real(out)


COMPARE = {"==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b,
           ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b}


def binary_value(op, a, b, zero_a=False, zero_b=False):
    """a op b for values (neither and nor or)."""
    result = binary_type(op, type_of(a), type_of(b), zero_a, zero_b)
    if result.name == "slots":
        both = a.slots + b.slots
        if len({at for _, at in both}) < len(both):
            raise Fault("E0505", "a slot twice")
        return Slots(both)
    if op in COMPARE:
        if isinstance(a, (bool, str)):
            return COMPARE[op](a, b)
        if isinstance(a, int) and isinstance(b, int):
            return COMPARE[op](a, b)
        return COMPARE[op](plain(a), plain(b))
    if op == "**":
        return power(a, b)
    if isinstance(a, int) and isinstance(b, int):
        if op == "+":
            return integer(a + b)
        if op == "-":
            return integer(a - b)
        if op == "*":
            return integer(a * b)
        if op in ("//", "%"):
            return divide_floor(op, a, b)
    x, y = plain(a), plain(b)
    if op in ("//", "%"):
        value = divide_floor(op, x, y)
    elif op == "/":
        if y == 0:
            raise Fault("E0209")
        value = x / y
    else:
        value = x + y if op == "+" else x - y if op == "-" else x * y
    return quantity(value, result.dim) if result.name == "quantity" else real(value)


def negate(value):
    if isinstance(value, Quantity):
        return Quantity(-value.value, value.dim)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Fault("E0203")
    return integer(-value) if isinstance(value, int) else -value


NAMED_TYPES = {"int": INT, "real": REAL, "bool": BOOL, "string": STRING, "time": of_dim(TIME), "current": of_dim(CURRENT),
               "voltage": of_dim(VOLTAGE), "frequency": of_dim(FREQUENCY)}


def coerce(value, wanted, zero=False):
    """A value as the type a formal or param asks for: int widens to real, nothing else changes."""
    got = type_of(value)
    if wanted.name == "view" and got.name in ("view", "instance"):
        return value
    if got == wanted:
        return value
    if wanted.name == "real" and got.name == "int":
        return value if isinstance(value, Type) and not isinstance(value, int) else float(value)
    if zero and wanted.name == "quantity":
        return Quantity(0.0, wanted.dim)
    raise Fault("E0203", "%r wanted, got %r" % (wanted, got))


def matrix_shape(value):
    """(rows, columns) of a list of equal-length lists of numbers; ragged is E0603."""
    if not isinstance(value, list) or not value or not all(isinstance(row, list) and row for row in value):
        raise Fault("E0203", "no matrix")
    if any(type_of(cell).name not in NUMERIC + ("bool",) for row in value for cell in row):
        raise Fault("E0203", "a matrix has numbers")
    if len({len(row) for row in value}) > 1:
        raise Fault("E0603", "ragged")
    return len(value), len(value[0])


def element_type(values):
    """The one type of the elements of a list: int widens to real."""
    types = [type_of(v) for v in values]
    if not types:
        raise Fault("E0203")
    out = types[0]
    for t in types[1:]:
        if t != out:
            if {t.name, out.name} == {"int", "real"}:
                out = REAL
            else:
                raise Fault("E0203", "mixed list")
    return out


def unpoisoned(value):
    if value is POISON:
        raise Poison()
    return value
