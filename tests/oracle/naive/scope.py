"""Names at run time, and what they are bound to."""
from .number import Fault


class Scope:
    """A file, an instance of a net, or one turn of a block."""

    def __init__(self, parent=None, path="", file=None, loops=(), instance=False):
        self.parent, self.path, self.loops = parent, path, loops
        self.file = file or (parent.file if parent else None)
        self.names, self.instance = {}, instance

    def find(self, name):
        scope = self
        while scope:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return None

    def member(self, name):
        """What `x.name` means for an instance or a namespace; private names stay inside."""
        if name.startswith("_") or name not in self.names:
            raise Fault("E0201", name)
        return self.names[name]

    def qualified(self, name):
        return "%s.%s" % (self.path, name) if self.path else name


class File:
    """A source file: the folder it stands in, relative to the root, and what it imports."""

    def __init__(self, path, folder):
        self.path, self.folder = path, folder


class Lazy:
    """A synaptic let: a name for an expression."""

    def __init__(self, node, scope):
        self.node, self.scope = node, scope


class Thunk:
    """An argument of an fn, evaluated where it is used."""

    def __init__(self, node, scope, frame, type_name):
        self.node, self.scope, self.frame, self.type_name = node, scope, frame, type_name


class Fn:
    def __init__(self, node, scope, synaptic):
        self.node, self.scope, self.synaptic = node, scope, synaptic


class Net:
    def __init__(self, node, scope):
        self.node, self.scope = node, scope


class Instance:
    """An instance of a net, or a namespace of an imported file."""

    def __init__(self, scope, objects=()):
        self.scope, self.objects = scope, objects


class Instances:
    def __init__(self, items):
        self.items = items


class Seen:
    """A run-time scope, as phase 2 sees names."""

    def __init__(self, scope):
        self.scope, self.names = scope, self

    def find(self, name):
        found = self.scope.find(name)
        return None if found is None else Seen.known(found)

    def get(self, name):
        found = self.scope.names.get(name)
        return None if found is None else Seen.known(found)

    @staticmethod
    def known(found):
        known = type("Known", (), {})()
        known.kind = {"Fn": "fn", "Instance": "namespace"}.get(type(found).__name__, "value")
        known.synaptic = isinstance(found, Lazy) or isinstance(found, Fn) and found.synaptic
        known.open = False
        known.inner = Seen(found.scope) if isinstance(found, Instance) else None
        return known
