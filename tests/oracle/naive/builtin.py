"""Builtin functions: of constants, of pairs, of types."""
from .number import NONE, Fault, Quantity, draw, exp, half_away, hypot, integer, log, quantity, real, shared_key, sqrt
from .values import (BOOL, INT, REAL, Dac, Pairs, Type, View, agree, binary_value, element_type, matrix_shape, need_number,
                     of_dim, plain, type_of)
import math

PLAIN = {"min", "max", "abs", "floor", "ceil", "round", "sqrt", "exp", "log", "hypot", "gauss", "len", "rows", "cols", "sum"}
DICE = ("random", "fan_in", "fan_out", "fixed_total")
SYNAPTIC = DICE + ("dist", "conv", "pairs")
SYNAPSES = ("ampa", "gaba", "nmda", "shunt")
VALUE_FAULTS = ("E0206", "E0209", "E0210", "E0217")  # arise pair by pair, where a value is asked for
CALLS = PLAIN | set(SYNAPTIC) | {"select", "load", "dac"} | set(SYNAPSES)


def need_plain(t):
    need_number(t)
    if t.dim != NONE:
        raise Fault("E0204")


class Builtin:
    """Mixin of the evaluator."""

    def call_builtin(self, name, node, scope, context, frame):
        if name in SYNAPTIC and not context:
            raise Fault("E0208", name)
        if name in PLAIN:
            if any(arg.name for arg in node.args):
                raise Fault("E0205")
            values = [self.value(arg.value, scope, context, frame) for arg in node.args]
            zeros = [arg.value.kind in ("int", "real") and arg.value.value == 0 for arg in node.args]
            try:
                return self.plain_call(name, values, zeros)
            except Fault as fault:
                if not (context and context.typing and fault.code in VALUE_FAULTS):
                    raise
                return self.plain_call(name, [type_of(v) for v in values], zeros)
        if name in SYNAPSES:
            raise Fault("E0203", name)
        return getattr(self, "call_" + name)(node, scope, context, frame)

    def arguments(self, node, positional, named=()):
        """Nodes of the arguments: a list of the positional ones and a dict of the named ones."""
        out, by_name = [], {}
        for arg in node.args:
            if arg.name is None and not by_name:
                out.append(arg.value)
            elif arg.name in named and arg.name not in by_name:
                by_name[arg.name] = arg.value
            else:
                raise Fault("E0205", arg.name)
        if len(out) not in positional:
            raise Fault("E0205", "%d arguments" % len(out))
        return out, by_name

    # --- functions of values

    def plain_call(self, name, values, zeros):
        types = [type_of(v) for v in values]
        unknown = any(isinstance(v, Type) for v in values)
        count = {"hypot": 2, "gauss": 2}.get(name, 1)
        if len(values) < count or (len(values) > count and name not in ("min", "max")):
            raise Fault("E0205", "%d arguments" % len(values))
        if name in ("len", "rows", "cols", "sum"):
            return self.of_list(name, values[0])
        if name in ("min", "max"):
            return self.extreme(name, values, zeros, types, unknown)
        if name in ("hypot", "gauss"):
            common = agree(types[0], types[1], *zeros)
            result = REAL if name == "gauss" or common.name == "int" else common
            if unknown:
                return result
            a, b = map(plain, values)
            return quantity(hypot(a, b), result.dim) if name == "hypot" else gauss(a, b)
        return self.of_one(name, values[0], types[0], unknown)

    @staticmethod
    def extreme(name, values, zeros, types, unknown):
        if len(values) == 1 and isinstance(values[0], list) and values[0]:  # of the numbers of a list
            values = values[0]
            types, zeros = [type_of(v) for v in values], [False] * len(values)
            unknown = any(isinstance(v, Type) for v in values)
        need_number(types[0])
        common, zero = types[0], zeros[0]
        for t, z in zip(types[1:], zeros[1:]):
            common, zero = agree(common, t, zero, z), zero and z
        if unknown:
            return common
        out, out_zero = values[0], zeros[0]
        for v, z in zip(values[1:], zeros[1:]):
            if binary_value("<" if name == "min" else ">", v, out, z, out_zero):
                out, out_zero = v, z
        if common.name == "int":
            return out
        return quantity(plain(out), common.dim)

    @staticmethod
    def of_one(name, value, t, unknown):
        need_number(t)
        if name == "abs":
            if unknown:
                return t
            if isinstance(value, Quantity):
                return Quantity(abs(value.value), value.dim)
            return integer(abs(value)) if t == INT else abs(value)
        if name == "sqrt":
            if any(e % 2 for e in t.dim):
                raise Fault("E0204")
            result = of_dim(tuple(e // 2 for e in t.dim))
            return result if unknown else quantity(sqrt(plain(value)), result.dim)
        need_plain(t)
        if name in ("exp", "log"):
            return REAL if unknown else (exp if name == "exp" else log)(plain(value))
        if unknown or t == INT:
            return INT if unknown else value
        return {"floor": lambda x: integer(math.floor(x)), "ceil": lambda x: integer(math.ceil(x)), "round": half_away}[name](value)

    @staticmethod
    def of_list(name, value):
        if name == "len":
            if isinstance(value, (list, View)):
                return len(value)
            raise Fault("E0203")
        if name in ("rows", "cols"):
            return matrix_shape(value)[0 if name == "rows" else 1]
        if not isinstance(value, list):
            raise Fault("E0203")
        cells = [cell for row in value for cell in row] if value and isinstance(value[0], list) else value
        if value and isinstance(value[0], list):
            matrix_shape(value)
        if cells:
            need_number(element_type(cells))
        if any(isinstance(cell, Type) for cell in cells):
            return element_type(cells)
        total = 0
        for i, cell in enumerate(cells):
            total = cell if i == 0 else binary_value("+", total, cell)
        return total

    def call_select(self, node, scope, context, frame):
        (c, a, b), _ = self.arguments(node, (3,))
        condition = self.value(c, scope, context, frame)
        if type_of(condition) != BOOL:
            raise Fault("E0203")
        zeros = [n.kind in ("int", "real") and n.value == 0 for n in (a, b)]
        pairwise = context and self.is_synaptic(node, scope)
        if pairwise and context.typing:
            ta, tb = (type_of(self.value(n, scope, context, frame)) for n in (a, b))
            return ta if ta == tb else agree(ta, tb, *zeros)
        got = self.value(a if condition else b, scope, context, frame)
        if type_of(got) == INT:  # the other branch may widen it or lend its dimension
            other = self.branch_type(b if condition else a, scope, context if pairwise else None, frame)
            if other is not None and other.name == "real":
                return float(got)
            if other is not None and other.name == "quantity" and zeros[0 if condition else 1]:
                return Quantity(0.0, other.dim)
        return got

    def branch_type(self, node, scope, context, frame):
        """The type of a branch that is not taken; None if it cannot be told without its value."""
        from .evaluate import Context
        try:
            return type_of(self.value(node, scope, Context(context.projection) if context else None, frame))
        except Fault:
            return None

    def call_dac(self, node, scope, context, frame):
        (c, f), _ = self.arguments(node, (2,))
        coarse, fine = (self.value(n, scope, None, frame) for n in (c, f))
        if type_of(coarse) != INT or type_of(fine) != INT:
            raise Fault("E0203")
        if not (0 <= coarse <= 5 and 0 <= fine <= 255):
            raise Fault("E0503")
        return Dac(coarse, fine)

    def call_load(self, node, scope, context, frame):
        (name,), _ = self.arguments(node, (1,))
        return self.load_data("load", self.value(name, scope), scope)

    # --- functions of pairs

    def call_dist(self, node, scope, context, frame):
        args, _ = self.arguments(node, (2, 3))
        if [a.kind for a in args[:2]] != ["unit", "unit"] or [a.name for a in args[:2]] != ["pre", "post"]:
            raise Fault("E0205", "dist takes pre, post")
        torus = len(args) == 3
        if torus and not (args[2].kind == "name" and args[2].name == "torus"):
            raise Fault("E0203", "torus")
        projection = context.projection
        if torus and projection.pre.dims != projection.post.dims:
            raise Fault("E0603")
        if context.typing:
            return REAL
        sides = {"pre": (projection.pre, context.pre), "post": (projection.post, context.post)}
        (x0, y0, _), (x1, y1, _) = (sides[a.name][0].coordinates(self.position(sides[a.name][1])) for a in args[:2])
        dx, dy = abs(x0 - x1), abs(y0 - y1)
        if torus:
            dims = projection.post.dims
            dx = min(dx, dims[-1] - dx)
            dy = min(dy, dims[-2] - dy) if len(dims) > 1 else dy
        return hypot(dx, dy)

    def call_pairs(self, node, scope, context, frame):
        (name,), _ = self.arguments(node, (1,))
        found = self.load_data("pairs", self.value(name, scope), scope)
        projection = context.projection
        assert isinstance(found, Pairs)
        if any(p >= len(projection.pre) or q >= len(projection.post) for p, q in found.pairs):
            raise Fault("E0210")
        return BOOL if context.typing else (context.pre, context.post) in found.pairs

    def call_conv(self, node, scope, context, frame):
        (kernel,), named = self.arguments(node, (1,), ("stride", "pad"))
        kernel = self.value(kernel, scope)
        rows, cols = matrix_shape(kernel)
        sy, sx = self.strides(named.get("stride"), scope)
        pad = named.get("pad")
        if pad is not None and not (pad.kind == "name" and pad.name in ("same", "valid")):
            raise Fault("E0203")
        valid = pad is not None and pad.name == "valid"
        pre, post = context.projection.pre, context.projection.post
        self.conv_shape(pre, post, rows, cols, sy, sx, valid)
        cells = [cell for row in kernel for cell in row]
        if context.typing:
            return element_type(cells)
        (x0, y0, _), (x1, y1, _) = pre.coordinates(context.pre), post.coordinates(context.post)
        y = y0 - sy * y1 + (0 if valid else (rows - 1) // 2)
        x = x0 - sx * x1 + (0 if valid else (cols - 1) // 2)
        got = kernel[y][x] if 0 <= y < rows and 0 <= x < cols else 0
        kind = element_type(cells)
        return got if kind == INT else quantity(float(plain(got)), kind.dim)

    @staticmethod
    def conv_shape(pre, post, rows, cols, sy, sx, valid):
        if len(pre.dims) > 2 or len(post.dims) > 2:
            raise Fault("E0603")
        (h, w), (h1, w1) = (([1] + v.dims)[-2:] for v in (pre, post))
        want = ((h - rows) // sy + 1, (w - cols) // sx + 1) if valid else (-(-h // sy), -(-w // sx))
        if (h1, w1) != want or (valid and (h < rows or w < cols)):
            raise Fault("E0603", "%s wanted, got %s" % (want, (h1, w1)))

    def strides(self, node, scope):
        if node is None:
            return 1, 1
        got = self.value(node, scope)
        got = [got, got] if type_of(got) == INT else got
        if not isinstance(got, list) or len(got) != 2 or any(type_of(s) != INT for s in got):
            raise Fault("E0203")
        if min(got) < 1:
            raise Fault("E0205")
        return got

    # --- dice

    def die(self, node, named, scope, context, frame):
        """The key of the call's dice."""
        if "key" in named:
            key = self.value(named["key"], scope)
            if type_of(key) != INT:
                raise Fault("E0203")
            return shared_key(self.seed, key)
        return context.projection.key(frame, node)

    def call_random(self, node, scope, context, frame):
        (p,), named = self.arguments(node, (1,), ("key",))
        p = self.value(p, scope, context, frame)
        need_plain(type_of(p))
        key = self.die(node, named, scope, context, frame)
        if context.typing:
            return BOOL
        if not 0 <= p <= 1:
            raise Fault("E0217")
        return draw(key, self.position(context.pre), self.position(context.post)) < real(float(p)) * 2 ** 53

    def call_fan_in(self, node, scope, context, frame):
        return self.fan(node, scope, context, frame, "post")

    def call_fan_out(self, node, scope, context, frame):
        return self.fan(node, scope, context, frame, "pre")

    def call_fixed_total(self, node, scope, context, frame):
        return self.fan(node, scope, context, frame, None)

    def fan(self, node, scope, context, frame, fixed):
        """The k smallest dice over the pairs with the same `fixed` side (all pairs for None)."""
        args, named = self.arguments(node, (1, 2), ("key",))
        projection = context.projection
        key = self.die(node, named, scope, context, frame)
        if context.typing:
            if type_of(self.value(args[0], scope, context, frame)) != INT:
                raise Fault("E0203")
            if len(args) > 1 and type_of(self.value(args[1], scope, context, frame)) != BOOL:
                raise Fault("E0214")
            return BOOL
        side = None if fixed is None else getattr(context, fixed)
        memory = (frame, id(node), side)
        if memory not in projection.drawn:
            projection.drawn[memory] = self.draw_fan(args, key, scope, projection, frame, fixed, side)
        return (context.pre, context.post) in projection.drawn[memory]

    def draw_fan(self, args, key, scope, projection, frame, fixed, side):
        from .evaluate import Context
        half = Context(projection, side if fixed == "pre" else None, side if fixed == "post" else None)
        half.typing = False
        try:
            k = self.value(args[0], scope, half, frame)
        except Fault as fault:
            raise Fault("E0203" if fault.code == "E0208" else fault.code, "hangs on the wrong side") from None
        if k < 0:
            raise Fault("E0205", "k < 0")
        pres = [side] if fixed == "pre" else range(len(projection.pre))
        posts = [side] if fixed == "post" else range(len(projection.post))
        found = []
        for pre in pres:
            for post in posts:
                if len(args) < 2 or self.value(args[1], scope, Context(projection, pre, post), frame):
                    found.append((draw(key, pre, post), pre, post))
        if k > len(found):
            raise Fault("E0218", "%d of %d" % (k, len(found)))
        return {(pre, post) for _, pre, post in sorted(found)[:k]}


def gauss(d, sigma):
    below = 2 * sigma * sigma
    if below == 0:
        raise Fault("E0209")
    return exp(-d * d / below)
