"""Expressions: values for constants and for one pair, types where pre and post are not known yet."""
from . import data
from .builtin import CALLS, VALUE_FAULTS, Builtin
from .number import Fault, literal
from .names import Names
from .scope import Fn, Instance, Instances, Lazy, Scope, Seen, Thunk
from .values import (BOOL, INT, NAMED_TYPES, NUMERIC, REAL, Pairs, Slots, Type, View, agree, binary_type,
                     binary_value, coerce, element_type, matrix_shape, negate, of_dim, type_of, unpoisoned)

FN_DEPTH = 64
TURNS = 10 ** 6


class Context:
    """Where pre and post stand: a projection and a pair; without a pair only types are asked for."""

    def __init__(self, projection, pre=None, post=None):
        self.projection, self.pre, self.post = projection, pre, post
        self.typing = pre is None and post is None


def is_zero(node):
    return node.kind in ("int", "real") and node.value == 0


class Evaluator(Builtin):
    """`root` is the project's folder; the seed is that of the target."""

    def __init__(self, root):
        self.root, self.seed, self.loaded, self.depth, self.turns = root, 0, {}, 0, 0

    # --- by kind of node

    def value(self, node, scope, context=None, frame=()):
        return getattr(self, "value_" + node.kind)(node, scope, context, frame)

    def value_int(self, node, *_):
        return node.value

    value_real = value_string = value_bool = value_int

    def value_quantity(self, node, *_):
        return literal(node.value, node.unit)

    def value_name(self, node, scope, context, frame):
        found = scope.find(node.name)
        if found is None:
            raise Fault("E0201", node.name)
        return self.unwrap(found, context)

    def unwrap(self, found, context):
        unpoisoned(found)
        if isinstance(found, Lazy):
            if not context:
                raise Fault("E0208")
            return self.value(found.node, found.scope, context, ("let", id(found)))
        if isinstance(found, Thunk):
            got = self.value(found.node, found.scope, context, found.frame)
            if found.type_name in NAMED_TYPES:
                return coerce(got, NAMED_TYPES[found.type_name], is_zero(found.node))
            return got
        return found

    def value_unit(self, node, scope, context, frame):
        if not context:
            raise Fault("E0208")
        at = context.pre if node.name == "pre" else context.post
        return INT if context.typing else self.position(at)

    @staticmethod
    def position(at):
        if at is None:
            raise Fault("E0208", "one side only is known here")
        return at

    def value_member(self, node, scope, context, frame):
        if node.of.kind == "unit":
            return self.coordinate(node, context)
        base = self.value(node.of, scope, context, frame)
        if isinstance(base, Instance):
            return self.unwrap(base.scope.member(node.name), context)
        if type_of(base).name == "biasset":
            return Slots([(base, base.slot(node.name))])
        raise Fault("E0203", "%s of %r" % (node.name, type_of(base)))

    def coordinate(self, node, context):
        if not context:
            raise Fault("E0208")
        name = node.name
        if name not in ("x", "y", "z", "u", "v", "p", "px", "py", "pz"):
            raise Fault("E0201", name)
        if context.typing:
            return REAL if name in "uv" else INT
        first = node.of.name == "pre"
        view = context.projection.pre if first else context.projection.post
        at = self.position(context.pre if first else context.post)
        x, y, z = view.coordinates(at)
        if name == "u":
            return (x + 0.5) / view.dims[-1]
        if name == "v":
            return 0.5 if len(view.dims) == 1 else (y + 0.5) / view.dims[-2]
        if name[0] == "p":
            return dict(zip(("p", "px", "py", "pz"), view.in_object(at)))[name]
        return {"x": x, "y": y, "z": z}[name]

    def value_minus(self, node, scope, context, frame):
        got = self.value(node.of, scope, context, frame)
        if isinstance(got, Type):
            if got.name not in NUMERIC:
                raise Fault("E0203")
            return got
        return negate(got)

    def value_not(self, node, scope, context, frame):
        got = self.value(node.of, scope, context, frame)
        if type_of(got) != BOOL:
            raise Fault("E0203")
        return got if isinstance(got, Type) else not got

    def value_binary(self, node, scope, context, frame):
        op = node.op
        a = self.value(node.left, scope, context, frame)
        if op in ("and", "or"):
            if type_of(a) != BOOL:
                raise Fault("E0203")
            if not isinstance(a, Type) and a == (op == "or") and not (context and context.typing):
                return a
            b = self.value(node.right, scope, context, frame)
            if type_of(b) != BOOL:
                raise Fault("E0203")
            if isinstance(a, Type) or isinstance(b, Type):
                return BOOL
            return (a or b) if op == "or" else (a and b)
        b = self.value(node.right, scope, context, frame)
        zeros = is_zero(node.left), is_zero(node.right)
        if not isinstance(a, Type) and not isinstance(b, Type):
            try:
                return binary_value(op, a, b, *zeros)
            except Fault as fault:
                if not (context and context.typing and fault.code in VALUE_FAULTS):
                    raise
        if op == "**":
            return self.power_of_type(type_of(a), b)
        return binary_type(op, type_of(a), type_of(b), *zeros)

    @staticmethod
    def power_of_type(a, b):
        result = binary_type("**", a, type_of(b))
        if isinstance(b, int):
            if a.name == "quantity":
                return of_dim(tuple(e * b for e in a.dim))
            return REAL if b < 0 else result
        return result

    def value_within(self, node, scope, context, frame):
        value = self.value(node.of, scope, context, frame)
        high = self.value(node.high, scope, context, frame)
        low = self.value(node.low, scope, context, frame)
        if node.low.kind in ("int", "real") and node.high.kind == "quantity":
            low = literal(node.low.unit, node.high.unit)
        for bound, at in ((low, node.low), (high, node.high)):
            agree(type_of(value), type_of(bound), is_zero(node.of), is_zero(at))
        if any(isinstance(v, Type) for v in (value, low, high)):
            return BOOL
        return binary_value(">=", value, low, is_zero(node.of), is_zero(node.low)) and \
            binary_value("<=", value, high, is_zero(node.of), is_zero(node.high))

    # --- lists, views, subscripts

    def value_list(self, node, scope, context, frame):
        return [self.value(item, scope, context, frame) for item in node.items]

    def range(self, node, scope, size=None):
        """(low, high, step) of a range; an open end is `size`."""
        def bound(part, default):
            if part is None:
                return default
            got = self.value(part, scope)
            if type_of(got) != INT:
                raise Fault("E0203", "range of %r" % type_of(got))
            return got
        low, high, step = bound(node.low, 0), bound(node.high, size), bound(node.step, 1)
        if step < 1:
            raise Fault("E0210")
        return low, high, step

    def turns_of(self, node, scope):
        low, high, step = self.range(node, scope)
        if high is None:
            raise Fault("E0203", "open range")
        if low > high:
            raise Fault("E0210", "%d:%d" % (low, high))
        turns = range(low, high, step)
        self.turns += len(turns)
        if self.turns > TURNS:
            raise Fault("E0225")
        return turns

    def value_comprehension(self, node, scope, context, frame):
        out = []
        for i in self.turns_of(node.range, scope):
            turn = Scope(scope)
            turn.path = scope.path
            turn.names[node.name] = i
            out.append(self.value(node.value, turn, context, frame))
        return out

    def value_index(self, node, scope, context, frame):
        try:
            return self.indexed(node, scope, context, frame)
        except Fault as fault:
            if fault.code == "E0210" and context and self.whole_file(node, scope, context, frame):
                raise Fault("E0603", "a file of another shape than the views") from None
            raise

    def indexed(self, node, scope, context, frame):
        base = self.value(node.of, scope, context, frame)
        if isinstance(base, View):
            subs = []
            for sub in node.subs:
                got = self.range(sub, scope) if sub.kind == "range" else self.value(sub, scope, context, frame)
                if not isinstance(got, tuple) and type_of(got) != INT:
                    raise Fault("E0203")
                subs.append(got)
            return base.select(subs)
        if any(sub.kind == "range" for sub in node.subs):
            raise Fault("E0203", "range in a list, matrix or instance array")
        subs = [self.value(sub, scope, context, frame) for sub in node.subs]
        if any(type_of(sub) != INT for sub in subs):
            raise Fault("E0203", "subscript %r" % subs)
        if isinstance(base, Instances):
            if len(subs) != 1:
                raise Fault("E0203")
            return self.element(base.items, subs[0])
        return self.element_at(base, subs)

    def whole_file(self, node, scope, context, frame):
        """Whether this is a cell [pre, post] of a loaded matrix, also as [pre][post]."""
        subs = list(node.subs)
        while node.of.kind == "index":
            node = node.of
            subs = node.subs + subs
        base = self.value(node.of, scope, context, frame)
        return sorted(sub.name for sub in subs if sub.kind == "unit") == ["post", "pre"] and len(subs) == 2 \
            and any(base is table for table in self.loaded.values())

    def element_at(self, base, subs):
        if isinstance(base, Type) and base.name == "list":  # a row of a list known by type only
            base = base.of
        if not isinstance(base, list):
            raise Fault("E0203", "subscript of %r" % type_of(base))
        if len(subs) > 1:
            if len(subs) != 2:
                raise Fault("E0203")
            matrix_shape(base)
        got = self.element(base, subs[0])
        return got if len(subs) == 1 else self.element_at(got, subs[1:])

    @staticmethod
    def element(items, at):
        if isinstance(at, Type):
            if items and isinstance(items[0], list):
                flat = [cell for row in items for cell in row] if all(isinstance(r, list) for r in items) else None
                if flat is None:
                    raise Fault("E0203")
                return Type("list", of=flat)
            return element_type(items)
        if not 0 <= at < len(items):
            raise Fault("E0210", "%d of %d" % (at, len(items)))
        got = items[at]
        if isinstance(got, (int, float)) and not isinstance(got, bool) and len(items) < 4096 \
                and any(isinstance(v, float) for v in items):
            return float(got)
        return got

    # --- calls

    def value_call(self, node, scope, context, frame):
        if node.of.kind == "name":
            found = scope.find(node.of.name)
            if found is None:
                if node.of.name in CALLS:
                    return self.call_builtin(node.of.name, node, scope, context, frame)
                raise Fault("E0201", node.of.name)
            unpoisoned(found)
        else:
            found = self.value(node.of, scope, context, frame)
            of = self.value(node.of.of, scope, context, frame) if node.of.kind == "member" and isinstance(found, Fn) else None
            if isinstance(of, Instance) and of.scope.instance:
                raise Fault("E0203", "a function inside a net")
        if not isinstance(found, Fn):
            raise Fault("E0203", "call of %r" % found)
        inner = Scope(found.scope)
        self.bind(found.node.formals, node.args, inner, scope, lambda arg, formal, where, at: Thunk(
            arg, where, frame if at == "call" else ("default", frame), formal.type or self.type_name_of_default(formal, found)))
        self.depth += 1
        if self.depth > FN_DEPTH:
            raise Fault("E0225")
        try:
            if context and context.typing or not context:  # every argument is checked, used or not
                for formal in found.node.formals:
                    self.unwrap(inner.names[formal.name], context)
            return self.value(found.node.value, inner, context, ("fn", frame, id(node)))
        finally:
            self.depth -= 1

    def type_name_of_default(self, formal, fn):
        if formal.default is None:
            return None
        got = type_of(self.value(formal.default, fn.scope))
        for name, t in NAMED_TYPES.items():
            if t == got:
                return name
        return None

    @staticmethod
    def bind(formals, args, inner, scope, make):
        """Arguments to formals by position, then by name, then defaults; E0205 if they do not match."""
        names = [formal.name for formal in formals]
        given, named = {}, False
        for i, arg in enumerate(args):
            if arg.name is None:
                if named or i >= len(names):
                    raise Fault("E0205", "too many arguments")
                name = names[i]
            else:
                named, name = True, arg.name
            if name not in names or name in given:
                raise Fault("E0205", name)
            given[name] = arg.value
        for formal in formals:
            if formal.name in given:
                inner.names[formal.name] = make(given[formal.name], formal, scope, "call")
            elif formal.default is not None:
                inner.names[formal.name] = make(formal.default, formal, inner, "default")
            else:
                raise Fault("E0205", "%s is missing" % formal.name)

    # --- shorthands

    def is_synaptic(self, node, scope):
        return Names(None).synaptic(node, Seen(scope))

    def constant(self, node, scope, wanted):
        """A constant of a named type; the literal 0 fits any dimension."""
        return coerce(self.value(node, scope), NAMED_TYPES[wanted], is_zero(node))

    def file_of(self, name, scope):
        if not isinstance(name, str):
            raise Fault("E0203")
        return data.inside(self.root, scope.file.folder, name)[0]

    def load_data(self, kind, name, scope):
        path = self.file_of(name, scope)
        if (kind, path) not in self.loaded:
            self.loaded[kind, path] = data.load(path) if kind == "load" else Pairs(data.pairs(path))
        return self.loaded[kind, path]
