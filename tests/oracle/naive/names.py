"""Phase 2: every name known, none declared twice, statements where they may stand; also in text that no instance or turn
evaluates."""
from .builtin import CALLS, SYNAPSES, SYNAPTIC

IN_NET = set("let fn bias population input use projection set place probe for if assert net".split())
IN_BLOCK = set("projection set place probe assert let for if".split())
IN_IMPORT = set("let fn net bias assert import".split())
HARDWARE = set("population input use bias".split())
SOURCES = {"dvs", "bioamp"}
WORDS = {"dist": 2, "conv": 1}  # functions with enumerators, and from which argument on
LATCH_WORDS = {"exponential", "threshold", "off", "soma", "dendrite"}
PROBES = set("spikes membrane ampa_current gaba_current nmda_current shunt_current adaptation calcium".split())
PLACES = set("chip core at together apart spread near".split())


class Known:
    """A name, as far as its text tells."""

    def __init__(self, kind, synaptic=False):
        self.kind, self.synaptic = kind, synaptic


class Block:
    def __init__(self, parent=None):
        self.parent, self.names, self.labels = parent, {}, set()

    def find(self, name):
        block = self
        while block:
            if name in block.names:
                return block.names[name]
            block = block.parent
        return None


class Names:
    """Collects the codes of what is wrong; `open_import` gives the statements of an imported file."""

    def __init__(self, open_import):
        self.codes, self.open_import, self.nets = [], open_import, []

    def wrong(self, code, why=""):
        self.codes.append((code, why))

    def declare(self, block, name, known):
        if block.find(name) or name in CALLS or name in SOURCES:
            self.wrong("E0211", name)
        else:
            block.names[name] = known

    # --- statements

    def file(self, items, imported=False):
        block = Block()
        target_seen = hardware_seen = False
        for item in items:
            if imported and item.kind not in IN_IMPORT:
                self.wrong("E0220", item.kind)
                item.misplaced = True
                continue
            if item.kind == "target":
                if target_seen or hardware_seen:
                    self.wrong("E0220", "target")
                target_seen = True
            hardware_seen |= item.kind in ("population", "input", "use")
            self.item(item, block)
        return block

    def items(self, items, block, allowed):
        for item in items:
            if item.kind in allowed:
                self.item(item, block)
            else:
                item.misplaced = True
                self.wrong("E0215" if allowed is IN_BLOCK and item.kind in HARDWARE else "E0220", item.kind)
                self.declare(block, item.name, Known("bad")) if getattr(item, "name", None) and item.kind != "test" else None

    def item(self, item, block):
        method = getattr(self, "item_" + item.kind, None)
        if method:
            method(item, block)

    def item_import(self, item, block):
        inner = self.open_import(item)
        known = Known("namespace")
        known.inner = inner
        self.declare(block, item.name, known)

    def item_target(self, item, block):
        for arg in item.args:
            self.expr(arg.value, block)

    def item_param(self, item, block):
        self.expr(item.value, block)
        self.declare(block, item.name, Known("param"))

    def item_let(self, item, block):
        self.expr(item.value, block)
        self.declare(block, item.name, Known("let", self.synaptic(item.value, block)))

    def formals(self, formals, block):
        for formal in formals:
            if formal.default is not None:
                self.expr(formal.default, block)
            self.declare(block, formal.name, Known("formal"))

    def item_fn(self, item, block):
        inner = Block(block)
        known = Known("fn")
        known.open = True
        self.declare(block, item.name, known)
        self.formals(item.formals, inner)
        self.expr(item.value, inner)
        known.synaptic, known.open = self.synaptic(item.value, inner), False

    def item_net(self, item, block):
        inner = Block(block)
        known = Known("net")
        known.open = True
        self.declare(block, item.name, known)
        self.formals(item.formals, inner)
        self.items(item.body, inner, IN_NET)
        known.open = False

    def item_use(self, item, block):
        for dim in item.dims or []:
            self.expr(dim, block)
        known = self.view(item.net, block)
        if known and known.kind == "net" and known.open:
            self.wrong("E0213")
        for arg in item.args:
            self.expr(arg.value, block)
        self.declare(block, item.name, Known("instance"))

    def attrs(self, attrs, block, words):
        for attr in attrs:
            if not (words and attr.value.kind == "name" and attr.path in ("model", "homeostasis")):
                self.expr(attr.value, block)

    def item_bias(self, item, block):
        if item.base is not None:
            if item.base.kind == "name" and item.base.name == item.name and not block.find(item.name):
                self.wrong("E0212")
            else:
                self.view(item.base, block)
        self.attrs(item.attrs, block, ())
        self.declare(block, item.name, Known("bias"))

    def item_population(self, item, block):
        for dim in item.dims:
            self.expr(dim, block)
        self.view(item.bias, block)
        self.attrs(item.attrs, block, LATCH_WORDS)
        self.declare(block, item.name, Known("population"))

    def item_input(self, item, block):
        for dim in item.dims:
            self.expr(dim, block)
        self.declare(block, item.name, Known("input"))

    def item_set(self, item, block):
        for view in item.views:
            if not (self.root(view) == "chip" and not block.find("chip")):
                self.view(view, block)
        self.attrs(item.attrs, block, LATCH_WORDS)

    @staticmethod
    def root(view):
        while view.kind != "name":
            view = view.of
        return view.name

    def item_projection(self, item, block):
        if item.label:
            if item.label in block.labels:
                self.wrong("E0211", item.label)
            block.labels.add(item.label)
        self.view(item.pre, block)
        self.view(item.post, block)
        for term in item.terms:
            if term.kind != "call" or term.of.kind != "name":
                if not (term.kind == "name" and term.name in SYNAPSES):
                    self.expr(term, block)
                continue
            if term.of.name not in SYNAPSES:
                if not block.find(term.of.name) and term.of.name not in CALLS:
                    self.wrong("E0201", term.of.name)
                continue  # what is known but no synapse is told when the term is checked
            for arg in term.args:
                if arg.name == "delay" and arg.value.kind == "name":
                    continue  # may be the name of a class: known when the term is checked
                self.expr(arg.value, block)

    def item_place(self, item, block):
        for view in item.views:
            self.view(view, block)
        for what in item.what:
            if what.kind != "call" or what.of.kind != "name":
                self.expr(what, block)
            elif what.of.name not in PLACES:
                self.wrong("E0201", what.of.name)
            else:
                for arg in what.args:
                    if not (arg.value.kind == "name" and arg.value.name in ("core", "chip")):
                        self.expr(arg.value, block)

    def item_probe(self, item, block):
        for view in item.views:
            self.view(view, block)
        for what in item.what:
            if what.kind != "name":
                self.expr(what, block)
            elif what.name not in PROBES:
                self.wrong("E0201", what.name)

    def range(self, node, block):
        for part in (node.low, node.high, node.step):
            if part is not None:
                self.expr(part, block)

    def item_for(self, item, block):
        self.range(item.range, block)
        inner = Block(block)
        self.declare(inner, item.name, Known("loop"))
        self.items(item.body, inner, IN_BLOCK)

    def item_if(self, item, block):
        self.expr(item.condition, block)
        self.items(item.then, Block(block), IN_BLOCK)
        self.items(item.other, Block(block), IN_BLOCK)

    def item_assert(self, item, block):
        self.expr(item.condition, block)

    # --- expressions

    def view(self, node, block):
        """What a view is of, if its root is known; subscripts are constants."""
        if node.kind == "name":
            known = block.find(node.name)
            if not known:
                self.wrong("E0201", node.name)
            return known
        known = self.view(node.of, block)
        if node.kind == "index":
            for sub in node.subs:
                if sub.kind == "range":
                    self.range(sub, block)
                else:
                    self.expr(sub, block)
            return known
        return self.member(known, node.name)

    def member(self, known, name):
        """Members of a namespace are known by their text, those of an instance when it is made."""
        if known and known.kind == "namespace" and known.inner:
            found = None if name.startswith("_") else known.inner.names.get(name)
            if not found:
                self.wrong("E0201", name)
            return found
        return None

    @staticmethod
    def rooted(node):
        """Whether a chain of members and subscripts starts at a name."""
        while node.kind in ("member", "index"):
            node = node.of
        return node.kind == "name"

    def expr(self, node, block):
        """Reports unknown names in an expression."""
        kind = node.kind
        if kind == "name":
            if not block.find(node.name):
                self.wrong("E0201", node.name)
        elif kind == "call":
            self.call(node, block)
        elif kind == "member":
            if self.rooted(node):
                self.view(node, block)
            else:
                self.expr(node.of, block)
        elif kind == "comprehension":
            self.range(node.range, block)
            inner = Block(block)
            self.declare(inner, node.name, Known("loop"))
            self.expr(node.value, inner)
        elif kind == "range":
            self.range(node, block)
        else:
            for child in children(node):
                self.expr(child, block)

    def call(self, node, block):
        plain = len(node.args)
        if node.of.kind == "name":
            known, name = block.find(node.of.name), node.of.name
            if not known and name not in CALLS:
                self.wrong("E0201", name)
            if known and known.kind == "fn" and known.open:
                self.wrong("E0223")
            plain = len(node.args) if known else WORDS.get(name, plain)
        else:
            self.expr(node.of, block)
        for i, arg in enumerate(node.args):
            if i < plain or arg.value.kind != "name":
                self.expr(arg.value, block)

    def synaptic(self, node, block):
        """Whether an expression mentions pre or post, directly or through a name."""
        if node.kind == "unit":
            return True
        if node.kind == "name":
            known = block.find(node.name)
            return bool(known and known.synaptic and known.kind != "fn")
        if node.kind == "member" and node.of.kind == "name":
            known = block.find(node.of.name)
            if known and known.kind == "namespace" and known.inner:
                found = known.inner.names.get(node.name)
                return bool(found and found.synaptic and found.kind != "fn")
        if node.kind == "call":
            fn = self.called(node.of, block)
            if fn and fn.synaptic or not fn and node.of.kind == "name" and node.of.name in SYNAPTIC:
                return True
            return any(self.synaptic(arg.value, block) for arg in node.args)
        if node.kind == "comprehension":
            inner = Block(block)
            inner.names[node.name] = Known("loop")
            return self.synaptic(node.value, inner)
        return any(self.synaptic(child, block) for child in children(node))

    @staticmethod
    def called(node, block):
        if node.kind == "name":
            return block.find(node.name)
        if node.kind == "member" and node.of.kind == "name":
            known = block.find(node.of.name)
            if known and known.kind == "namespace" and known.inner:
                return known.inner.names.get(node.name)
        return None


def children(node):
    """The expressions directly inside one."""
    kind = node.kind
    if kind in ("minus", "not", "member"):
        return [node.of]
    if kind == "binary":
        return [node.left, node.right]
    if kind == "within":
        return [node.of, node.low, node.high]
    if kind == "list":
        return node.items
    if kind == "index":
        return [node.of] + node.subs
    if kind == "range":
        return [part for part in (node.low, node.high, node.step) if part is not None]
    if kind == "call":
        return [arg.value for arg in node.args] + ([node.of] if node.of.kind != "name" else [])
    if kind == "comprehension":
        return [node.value]
    return []
