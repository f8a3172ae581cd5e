"""Phases 3 to 6: statements to populations, inputs, bias sets, latches, probes, places and projections."""
import os

from .bias import BiasSet
from .data import inside
from .evaluate import Evaluator, is_zero
from .names import PLACES, PROBES, Names
from .number import FREQUENCY, Fault, Poison, Quantity
from .project import Projection
from .scope import File, Fn, Instance, Instances, Lazy, Net, Scope
from .syntax import parse
from .values import BOOL, INT, NAMED_TYPES, POISON, Object, View, coerce, type_of, unpoisoned

NEURONS = 1024
LATCHES = ["so_dc", "so_adaptation", "soif_kill", "coho_ca_mem", "ho_enable", "ho_so_de", "deam_ampa", "denm_nmda",
           "de_conductance", "deam_alpha", "denm_alpha", "de_mux", "soif_type", "ho_active"]
FRIENDLY = {"dc": "so_dc", "adaptation": "so_adaptation", "nmda_gate": "denm_nmda", "kill": "soif_kill",
            "conductance": "de_conductance", "alpha_ampa": "deam_alpha", "alpha_nmda": "denm_alpha",
            "ampa_diffusion": "deam_ampa"}
HOMEOSTASIS = {"off": (0, None), "soma": (1, 1), "dendrite": (1, 0)}
IMPORT_DEPTH = 32


class Program:
    """The network of a main file, or the codes of what is wrong with it."""

    def __init__(self, path, defines=(), seed=None):
        self.codes, self.objects, self.inputs, self.biases = [], [], [], []
        self.projections, self.probes, self.places, self.set_latches = [], [], [], {}
        self.conflicts, self.edges = [], 0
        self.board = {"chips": 1, "grid": None, "reserve": 0.0}
        root = os.path.dirname(os.path.abspath(path))
        self.evaluator, self.root, self.imports, self.importing = Evaluator(root), root, {}, []
        self.defines, self.forced_seed, self.pending = dict(defines), seed, []
        if seed is not None:
            self.evaluator.seed = seed
        self.run(path)

    def wrong(self, code, why=""):
        self.codes.append((code, why))

    def run(self, path):
        try:
            items = self.read(path)
        except Fault as fault:
            self.wrong(fault.code, str(fault))
            return
        names = Names(self.open_import)
        self.importing = [os.path.basename(path)]
        names.file(items)
        self.codes += names.codes
        scope = Scope(file=File(os.path.basename(path), "."))
        self.items(items, scope)
        for name in self.defines:
            if not any(item.kind == "param" and item.name == name for item in items):
                self.wrong("E0224", name)
        self.check_size()
        if not self.codes:
            self.latch_conflicts()
            for projection in self.pending:
                self.guarded(projection, self.expand, projection)

    @staticmethod
    def read(path):
        with open(path, encoding="utf-8", newline="") as file:
            return parse(file.read())

    def check_size(self):
        grid = self.board["grid"]
        chips = grid[0] * grid[1] if grid else self.board["chips"]
        at = 0
        for population in self.objects:
            population.first, at = at, at + population.size
        if at > chips * NEURONS:
            self.wrong("E0308", at)
        at = 0
        for units in self.inputs:
            units.first, at = at, at + units.size

    def latch_conflicts(self):
        """Two `set` that differ on a latch: looked at when all of them are known."""
        for line in self.conflicts[:1]:
            self.wrong("E0207", "line %d" % line)

    # --- imports

    def open_import(self, item):
        """The names of an imported file (phase 2); parsed once."""
        folder = os.path.dirname(self.importing[-1]) or "."
        try:
            full, path = inside(self.root, folder, item.path)
            if path in self.importing:
                raise Fault("E0605", path)
            if len(self.importing) > IMPORT_DEPTH:
                raise Fault("E0225")
            if path not in self.imports:
                self.importing.append(path)
                items = self.read(full)
                names = Names(self.open_import)
                block = names.file(items, imported=True)
                self.codes += names.codes
                self.importing.pop()
                self.imports[path] = [items, block, None]
        except Fault as fault:
            self.wrong(fault.code, str(fault))
            return None
        return self.imports[path][1]

    def item_import(self, item, scope):
        """Evaluated once, wherever it is named."""
        _, path = inside(self.root, scope.file.folder, item.path)
        if path not in self.imports:
            raise Poison()
        entry = self.imports[path]
        if entry[2] is None:
            entry[2] = inner = Scope(file=File(path, os.path.dirname(path) or "."))
            inner.namespace = item.name
            self.items(entry[0], inner)
        scope.names[item.name] = Instance(entry[2])

    # --- statements

    def items(self, items, scope):
        for item in items:
            if not hasattr(item, "misplaced"):
                self.guarded(item, self.item, item, scope)
            elif getattr(item, "name", None):
                scope.names[item.name] = POISON

    def guarded(self, item, what, *args):
        """One statement: its fault is noted, and what it declares is poison."""
        try:
            what(*args)
        except Fault as fault:
            self.wrong(fault.code, "line %s: %s" % (item.line, fault))
        except Poison:
            pass
        else:
            return
        name = getattr(item, "name", None)
        if name and len(args) > 1 and item.kind != "test":
            args[1].names[name] = POISON

    def item(self, item, scope):
        method = getattr(self, "item_" + item.kind, None)
        if method:
            method(item, scope)

    def item_target(self, item, scope):
        if item.name != "dynapse2":
            raise Fault("E0201", item.name)
        value = {}
        for arg in item.args:
            if arg.name not in ("chips", "grid", "seed", "reserve") or arg.name in value:
                raise Fault("E0205", arg.name)
            value[arg.name] = self.evaluator.value(arg.value, scope)
        if "chips" in value and "grid" in value:
            raise Fault("E0205")
        for name, wanted in (("chips", INT), ("seed", INT)):
            if name in value and type_of(value[name]) != wanted:
                raise Fault("E0203", name)
        if "reserve" in value:
            value["reserve"] = coerce(value["reserve"], NAMED_TYPES["real"])
        self.board.update(value)
        if self.forced_seed is None:
            self.evaluator.seed = value.get("seed", 0)

    def item_param(self, item, scope):
        value = self.evaluator.value(item.value, scope)
        wanted = type_of(value)
        if item.type:
            if item.type not in NAMED_TYPES:
                raise Fault("E0203" if item.type in ("view", "bias") else "E0201", item.type)
            wanted = NAMED_TYPES[item.type]
            value = coerce(value, wanted, is_zero(item.value))
        if item.name in self.defines:
            try:
                node = parse("let given = %s;" % self.defines[item.name])[0].value
                value = coerce(self.evaluator.value(node, scope), wanted, is_zero(node))
            except Fault:
                raise Fault("E0224", item.name) from None
        scope.names[item.name] = value

    def item_let(self, item, scope):
        if self.evaluator.is_synaptic(item.value, scope):
            scope.names[item.name] = Lazy(item.value, scope)
        else:
            scope.names[item.name] = self.evaluator.value(item.value, scope)

    def item_fn(self, item, scope):
        inner = Scope(scope)
        for formal in item.formals:
            inner.names[formal.name] = 0
        scope.names[item.name] = Fn(item, scope, self.evaluator.is_synaptic(item.value, inner))

    def item_net(self, item, scope):
        scope.names[item.name] = Net(item, scope)

    def item_use(self, item, scope):
        net = self.evaluator.value(item.net, scope)
        if not isinstance(net, Net):
            raise Fault("E0203", "no net")
        if item.dims is None:
            scope.names[item.name] = self.instance(item, net, scope, scope.qualified(item.name))
            return
        if len(item.dims) != 1:
            raise Fault("E0203", "one dimension")
        count = self.dims(item.dims, scope)[0]
        scope.names[item.name] = Instances([self.instance(item, net, scope, "%s[%d]" % (scope.qualified(item.name), i))
                                            for i in range(count)])

    def instance(self, item, net, scope, path):
        inner = Scope(net.scope, path=path, file=net.scope.file, instance=True)
        self.evaluator.bind(net.node.formals, item.args, inner, scope,
                            lambda arg, formal, where, _: self.net_argument(arg, formal, where, inner))
        before = len(self.objects)
        self.items(net.node.body, inner)
        return Instance(inner, self.objects[before:])

    def net_argument(self, arg, formal, scope, inner):
        value = unpoisoned(self.evaluator.value(arg, scope))
        if formal.type in NAMED_TYPES:
            return coerce(value, NAMED_TYPES[formal.type], is_zero(arg))
        if formal.type == "view":
            if not isinstance(value, (View, Instance)):
                raise Fault("E0203", "view wanted")
        elif formal.type == "bias":
            if not isinstance(value, BiasSet):
                raise Fault("E0203", "bias wanted")
        elif formal.type:
            raise Fault("E0201", formal.type)
        elif formal.default is not None and arg is not formal.default:
            return coerce(value, type_of(self.evaluator.value(formal.default, inner)), is_zero(arg))
        return value

    def item_bias(self, item, scope):
        if item.base is not None and item.base.kind == "name" and item.base.name == item.name:
            raise Poison()  # a circle: reported with the names
        parent = self.evaluator.value(item.base, scope) if item.base is not None else None
        if parent is not None and not isinstance(parent, BiasSet):
            raise Fault("E0203", "no bias set")
        path = "%s.%s" % (scope.namespace, item.name) if hasattr(scope, "namespace") else scope.qualified(item.name)
        bias = BiasSet(path, parent)
        for code, why in bias.fill(item.attrs, lambda node: (self.evaluator.value(node, scope), is_zero(node))):
            self.wrong(code, why)
        self.biases.append(bias)
        scope.names[item.name] = bias

    def dims(self, nodes, scope):
        out = [self.evaluator.value(node, scope) for node in nodes]
        if len(out) > 3 or any(type_of(d) != INT for d in out):
            raise Fault("E0203", "dims")
        if min(out) < 1:
            raise Fault("E0205", "empty")
        return out

    def item_population(self, item, scope):
        bias = self.evaluator.value(item.bias, scope)
        if not isinstance(bias, BiasSet):
            raise Fault("E0203", "no bias set")
        dims = self.dims(item.dims, scope)
        size = 1
        for d in dims:
            size *= d
        if size > 255 * 255 * NEURONS:
            raise Fault("E0308")
        population = Object("population", scope.qualified(item.name), dims, bias)
        population.rate = self.rate([attr for attr in item.attrs if attr.path == "rate"], scope)
        value = self.latches([attr for attr in item.attrs if attr.path != "rate"], scope)
        for i in range(population.size):
            population.latches[i] = sum(1 << bit for bit, on in value.items() if on)
        self.objects.append(population)
        scope.names[item.name] = View(population)

    def rate(self, attrs, scope):
        if len(attrs) > 1:
            raise Fault("E0207", "rate")
        values = [self.evaluator.value(attr.value, scope) for attr in attrs]
        for value in values:
            if not isinstance(value, Quantity) or value.dim != FREQUENCY:
                raise Fault("E0203", "rate")
            if float(value.value) < 0:
                raise Fault("E0205", "rate")
        return ["rate %.17g Hz" % float(value.value) for value in values]

    def latches(self, attrs, scope):
        """Bits that are set, by number, from attributes."""
        out = {}
        for attr in attrs:
            for latch, on in self.latch(attr, scope).items():
                bit = LATCHES.index(latch)
                if bit in out:
                    raise Fault("E0207", latch)
                out[bit] = on
        return out

    def latch(self, attr, scope):
        path, node = attr.path, attr.value
        if path == "model":
            if not (node.kind == "name" and node.name in ("exponential", "threshold")):
                raise Fault("E0203", "model %s" % node.kind)
            return {"soif_type": node.name == "exponential"}
        if path == "homeostasis":
            word = "off" if node.kind == "bool" and not node.value else getattr(node, "name", None)
            if word not in HOMEOSTASIS:
                raise Fault("E0203", "homeostasis")
            enable, soma = HOMEOSTASIS[word]
            return {"ho_enable": bool(enable), "ho_so_de": bool(soma)}
        name = path[6:] if path.startswith("latch.") else FRIENDLY.get(path)
        if name not in LATCHES:
            raise Fault("E0202", path)
        value = self.evaluator.value(node, scope)
        if type_of(value) != BOOL:
            raise Fault("E0203", path)
        return {name: value}

    def item_input(self, item, scope):
        units = Object("input", scope.qualified(item.name), self.dims(item.dims, scope))
        self.inputs.append(units)
        scope.names[item.name] = View(units)

    def view(self, node, scope):
        value = self.evaluator.value(node, scope)
        if not isinstance(value, View):
            raise Fault("E0203", "no view")
        return value

    def view_list(self, node, scope):
        """A net instance stands for all its populations."""
        value = self.evaluator.value(node, scope)
        if isinstance(value, Instance):
            return [View(population) for population in value.objects]
        if not isinstance(value, View):
            raise Fault("E0203", "no view")
        return [value]

    def item_set(self, item, scope):
        if any(Names.root(view) == "chip" and not scope.find("chip") for view in item.views):
            return
        for node in item.views:
            view = self.view(node, scope)
            if view.of.kind != "population":
                raise Fault("E0203", "no population")
            for bit, on in self.latches(item.attrs, scope).items():
                for unit in view.units:
                    key = (view.of, unit, bit)
                    if self.set_latches.setdefault(key, on) != on:
                        self.conflicts.append(item.line)
                    view.of.latches[unit] = view.of.latches[unit] & ~(1 << bit) | (on << bit)

    def item_probe(self, item, scope):
        for node in item.views:
            for view in self.view_list(node, scope):
                for what in item.what:
                    if what.kind != "name" or what.name not in PROBES:
                        raise Poison()  # reported with the names
                    if what.name != "spikes" and view.of.kind == "input":
                        raise Fault("E0203", "input has no %s" % what.name)
                    self.probes.append((what.name, view))

    def item_place(self, item, scope):
        views = [view for node in item.views for view in self.view_list(node, scope)]
        if any(view.of.kind != "population" for view in views):
            raise Fault("E0203", "an input has no place")
        for what in item.what:
            if what.kind != "call" or what.of.kind != "name" or what.of.name not in PLACES:
                raise Poison()  # reported with the names
            args = [arg.value.name if arg.value.kind == "name" and arg.value.name in ("core", "chip")
                    else self.evaluator.value(arg.value, scope) for arg in what.args]
            self.places.append((what.of.name, args, views))

    def item_for(self, item, scope):
        for i in self.evaluator.turns_of(item.range, scope):
            turn = Scope(scope, path=scope.path, loops=scope.loops + (i,))
            turn.names[item.name] = i
            self.items(item.body, turn)

    def item_if(self, item, scope):
        condition = self.evaluator.value(item.condition, scope)
        if type_of(condition) != BOOL:
            raise Fault("E0203", "if")
        inner = Scope(scope, path=scope.path, loops=scope.loops)
        self.items(item.then if condition else item.other, inner)

    def item_assert(self, item, scope):
        value = self.evaluator.value(item.condition, scope)
        if type_of(value) != BOOL:
            raise Fault("E0203", "assert")
        if not value:
            raise Fault("E0227", item.message)

    def item_projection(self, item, scope):
        pre, post = self.view(item.pre, scope), self.view(item.post, scope)
        if post.of.kind == "input":
            raise Fault("E0216")
        label = None
        if item.label:
            label = scope.qualified(item.label) + "".join("[%d]" % i for i in scope.loops)
        projection = Projection(self, item, scope, pre, post, label)
        self.pending.append(projection)

    def count_edges(self, more):
        """A network has at most 4 x 64 synapses per neuron of the board."""
        grid = self.board["grid"]
        self.edges += more
        if self.edges > 256 * NEURONS * (grid[0] * grid[1] if grid else self.board["chips"]):
            raise Fault("E0225", "edges")

    def expand(self, projection):
        if projection.rolls():
            if any(p.label == projection.label and (p.label or p.same_views(projection)) and p.rolls() for p in self.projections):
                raise Fault("E0226")
        self.projections.append(projection)
        projection.expand()
