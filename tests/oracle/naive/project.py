"""Phase 6: one projection, every pair."""
from collections import Counter

from .bias import to_ps, to_za, whole
from .builtin import DICE, SYNAPSES
from .evaluate import Context, is_zero
from .number import CURRENT, TIME, Fault, Quantity, die_key
from .scope import Fn, Lazy, Scope, Thunk
from .values import BOOL, INT, Slots, type_of
from .names import children

CLASSES = {"none": 0, "precise": 1, "mismatched": 2, "both": 3}
NAMED = ("mask", "weight", "delay", "stp", "repeat", "share")


class Projection:
    """Terms over the pairs of two views; `edges` counts (source, target, attributes)."""

    def __init__(self, program, item, scope, pre, post, label):
        self.program, self.item, self.scope, self.pre, self.post, self.label = program, item, scope, pre, post, label
        self.line, self.own_dice = item.line, False
        self.evaluator = program.evaluator
        self.identity = label or "%s -> %s" % (pre.identity(), post.identity())
        self.drawn, self.sites, self.seen_lets, self.edges, self.counts = {}, None, set(), Counter(), []

    # --- dice

    def key(self, frame, node):
        self.number_sites()
        return die_key(self.evaluator.seed, self.identity, self.sites[frame, id(node)])

    def rolls(self):
        """Whether it has dice that hang on its identity; those with a key do not."""
        self.number_sites()
        return self.own_dice

    def number_sites(self):
        """Numbers the calls that roll dice, from left to right over all terms."""
        if self.sites is None:
            self.sites = {}
            for term in self.item.terms:
                for arg in term.args if term.kind == "call" else []:
                    self.walk(arg.value, self.scope, ())

    def walk(self, node, scope, frame):
        if node.kind == "name":
            found = scope.find(node.name)
            if isinstance(found, Lazy) and id(found) not in self.seen_lets:
                self.seen_lets.add(id(found))
                self.walk(found.node, found.scope, ("let", id(found)))
            return
        if node.kind == "member" and node.of.kind == "name":
            self.walk_member(node, scope)
            return
        if node.kind != "call":
            for child in children(node):
                self.walk(child, scope, frame)
            return
        fn = self.fn_of(node, scope)
        if node.of.kind == "name" and node.of.name in DICE and not fn:
            self.sites[frame, id(node)] = len(self.sites)
            self.own_dice |= not any(arg.name == "key" for arg in node.args)
        for arg in node.args:
            self.walk(arg.value, scope, frame)
        if fn:
            inner = Scope(fn.scope)
            for formal in fn.node.formals:
                inner.names[formal.name] = Thunk(None, None, None, None)
            self.walk(fn.node.value, inner, ("fn", frame, id(node)))

    def walk_member(self, node, scope):
        namespace = scope.find(node.of.name)
        inner = getattr(namespace, "scope", None)
        if isinstance(inner, Scope):
            found = inner.names.get(node.name)
            if isinstance(found, Lazy) and id(found) not in self.seen_lets:
                self.seen_lets.add(id(found))
                self.walk(found.node, found.scope, ("let", id(found)))

    @staticmethod
    def fn_of(node, scope):
        found = None
        if node.of.kind == "name":
            found = scope.find(node.of.name)
        elif node.of.kind == "member" and node.of.of.kind == "name":
            inner = getattr(scope.find(node.of.of.name), "scope", None)
            found = inner.names.get(node.of.name) if isinstance(inner, Scope) else None
        return found if isinstance(found, Fn) else None

    def same_views(self, other):
        """The same units in the same shape on both sides."""
        return all(a.of is b.of and a.units == b.units and a.dims == b.dims
                   for a, b in ((self.pre, other.pre), (self.post, other.post)))

    # --- terms

    def expand(self):
        terms, codes = [], []
        for term in self.item.terms:
            try:
                terms.append(self.check(term))
            except Fault as fault:
                codes.append(fault)
        if codes:
            for fault in codes[:-1]:
                self.program.wrong(fault.code, "line %d: %s" % (term.line, fault))
            raise codes[-1]
        for term in terms:
            before = sum(self.edges.values())
            for post in range(len(self.post)):
                for pre in range(len(self.pre)):
                    self.pair(term, Context(self, pre, post))
            self.counts.append((term["dendrite"], sum(self.edges.values()) - before))

    def check(self, term):
        """Arguments of one synapse by name, type-checked without a pair."""
        if term.kind != "call" or term.of.kind != "name" or term.of.name not in SYNAPSES:
            raise Fault("E0203", "no synapse")
        out = {"dendrite": term.of.name, "mask": None}
        for arg in term.args:
            name = arg.name or "mask"
            if arg.name is None and (out["mask"] is not None or len(out) > 2) or name not in NAMED or out.get(name) is not None:
                raise Fault("E0205", name)
            out[name] = arg.value
        if "weight" not in out:
            raise Fault("E0221", "no weight")
        faults = []
        for name in [n for n in out if n != "dendrite" and out[n] is not None]:
            try:
                self.check_argument(name, out)
            except Fault as fault:
                faults.append(fault)
        for fault in faults[:-1]:
            self.program.wrong(fault.code, "line %d: %s" % (term.line, fault))
        if faults:
            raise faults[-1]
        out["share"] = self.evaluator.value(out["share"], self.scope) if "share" in out else True
        return out

    def check_argument(self, name, out):
        """The type of one argument, without a pair."""
        node = out[name]
        if name == "delay" and self.is_class(node):
            return
        t = type_of(self.evaluator.value(node, self.scope, None if name == "share" else Context(self)))
        if name == "mask" and t != BOOL:
            raise Fault("E0214")
        if name == "weight":
            self.check_weight(t, node)
        elif name == "repeat" and t != INT or name in ("stp", "share") and t != BOOL:
            raise Fault("E0203", name)
        elif name == "delay" and not is_zero(node) and (t.name != "quantity" or t.dim != TIME):
            raise Fault("E0203", "delay %r" % t)

    def is_class(self, node):
        return node.kind == "name" and node.name in CLASSES

    def check_weight(self, t, node):
        bias = self.post.of.bias
        if t.name in ("int", "real"):
            if bias.unit is None:
                raise Fault("E0203", "a plain number needs weight.unit")
        elif t.name != "slots" and (t.name != "quantity" or t.dim != CURRENT):
            raise Fault("E0203", "weight %r" % t)
        self.name_slots(node, self.scope)

    def name_slots(self, node, scope):
        """Slots that a weight names belong to the target's set or a parent of it. A branch that a constant
        condition leaves out names nothing."""
        value = None
        if node.kind in ("member", "binary"):
            value = self.constant_or_none(node, scope)
        elif node.kind == "name":
            value = scope.find(node.name)
            if isinstance(value, Lazy):
                self.name_slots(value.node, value.scope)
                return
        elif node.kind == "call" and not self.evaluator.is_synaptic(node, scope):
            value = self.constant_or_none(node, scope)
        if isinstance(value, Slots):
            self.own_slots(value)
        elif node.kind != "name":
            for child in children(node):
                self.name_slots(child, scope)

    def constant_or_none(self, node, scope):
        try:
            return self.evaluator.value(node, scope)
        except Fault:
            return None

    def own_slots(self, value):
        bias = self.post.of.bias
        for owner, at in value.slots:
            if not bias.inherits(owner):
                raise Fault("E0505", "%s is not %s" % (owner.path, bias.path))
            bias.named.add(at)

    # --- pairs

    def pair(self, term, context):
        def value(name):
            return self.evaluator.value(term[name], self.scope, context)
        if term["mask"] is not None and not value("mask"):
            return
        weight = self.weight(value("weight"))
        repeat = value("repeat") if "repeat" in term else 1
        if repeat < 0:
            raise Fault("E0222", "%d" % repeat)
        stp = value("stp") if "stp" in term else False
        attributes = "%s %s%s%s%s" % (term["dendrite"], weight, self.delay(term, value), " stp" if stp else "",
                                      "" if term["share"] else " unshared")
        if repeat:
            source = self.pre.of.unit(self.pre.units[context.pre])
            target = self.post.of.unit(self.post.units[context.post])
            self.edges[source, target, attributes] += repeat
            self.program.count_edges(repeat)

    def weight(self, value):
        if type_of(value).name == "slots":
            self.own_slots(value)
            return "slots 0x%x" % sum(1 << at for _, at in value.slots)
        if isinstance(value, Quantity):
            amperes = value.value
        else:
            amperes = value
        za = to_za(amperes) if isinstance(value, Quantity) else unit_weight(value, self.post.of.bias.unit)
        if za >= 2 ** 63:
            raise Fault("E0206", "%r" % amperes)
        if za <= 0:
            raise Fault("E0221", "%r" % amperes)
        return "%d zA" % za

    def delay(self, term, value):
        if "delay" not in term:
            return ""
        if self.is_class(term["delay"]):
            return " delay class %d" % CLASSES[term["delay"].name]
        got = value("delay")
        seconds = got.value if isinstance(got, Quantity) else got
        if seconds < 0:
            raise Fault("E0205", "negative delay")
        ps = to_ps(seconds)
        return " delay %d ps" % ps if ps else ""


def unit_weight(value, unit):
    """A plain number times weight.unit."""
    return whole(float(value) * float(unit))
