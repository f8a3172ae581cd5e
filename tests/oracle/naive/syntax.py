"""Recursive descent over the grammar: text to statements."""
from .lex import tokens
from .number import Fault

DEPTH = 256
BINARY = {"or": 1, "and": 2, "==": 4, "!=": 4, "<": 4, ">": 4, "<=": 4, ">=": 4, "in": 4,
          "+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6, "**": 8}
NOT, COMPARISON, MINUS, POWER = 3, 4, 7, 8


class Node:
    """A statement or expression: its kind and whatever fields that kind has."""

    def __init__(self, kind, line, **fields):
        self.kind, self.line = kind, line
        self.__dict__.update(fields)

    def __repr__(self):
        return "(%s %s)" % (self.kind, " ".join("%s=%r" % kv for kv in self.__dict__.items() if kv[0] not in ("kind", "line")))


class Parser:
    def __init__(self, text):
        self.tokens, self.at, self.depth = tokens(text), 0, 0

    # --- tokens

    @property
    def token(self):
        return self.tokens[self.at]

    def sees(self, text, ahead=0):
        token = self.tokens[min(self.at + ahead, len(self.tokens) - 1)]
        return token.kind in ("sign", "keyword") and token.text == text

    def take(self, text):
        if self.sees(text):
            self.at += 1
            return True
        return False

    def need(self, text):
        if not self.take(text):
            raise Fault("E0106", "line %d: expected %s, got %s" % (self.token.line, text, self.token.text))

    def name(self):
        token = self.token
        if token.kind == "keyword":
            raise Fault("E0103", token.text)
        if token.kind != "name":
            raise Fault("E0106", "line %d: expected a name, got %s" % (token.line, token.text))
        self.at += 1
        return token.text

    def string(self):
        token = self.token
        if token.kind != "string":
            raise Fault("E0106", "expected a string")
        self.at += 1
        return token.value

    def enter(self):
        self.depth += 1
        if self.depth > DEPTH:
            raise Fault("E0107")

    def leave(self):
        self.depth -= 1

    def bracketed(self, opening, closing, one):
        """opening one, one, ... closing; may be empty."""
        self.need(opening)
        self.enter()
        out = []
        while not self.sees(closing):
            out.append(one())
            if not self.take(","):
                break
            if self.sees(closing):
                raise Fault("E0106", "trailing comma")
        self.need(closing)
        self.leave()
        return out

    # --- statements

    def file(self):
        out = []
        while self.token.kind != "end":
            out.append(self.item())
        return out

    def block(self, one=None):
        self.need("{")
        self.enter()
        out = []
        while not self.sees("}"):
            if self.token.kind == "end":
                raise Fault("E0106", "block not closed")
            out.append((one or self.item)())
        self.need("}")
        self.leave()
        return out

    def item(self):
        token = self.token
        if token.kind == "keyword":
            method = getattr(self, "item_" + token.text, None)
            if not method:
                raise Fault("E0106", "line %d: unexpected %s" % (token.line, token.text))
            self.at += 1
            return method(token.line)
        label = None
        if token.kind == "name" and self.sees(":", 1):
            label, self.at = token.text, self.at + 2
        return self.projection(label, token.line)

    def projection(self, label, line):
        pre = self.view()
        self.need("->")
        post = self.view()
        self.need(":")
        terms = self.exprs()
        self.need(";")
        return Node("projection", line, label=label, pre=pre, post=post, terms=terms)

    def item_import(self, line):
        path = self.string()
        self.need("as")
        name = self.name()
        self.need(";")
        return Node("import", line, path=path, name=name)

    def item_target(self, line):
        name = self.name()
        args = self.args() if self.sees("(") else []
        self.need(";")
        return Node("target", line, name=name, args=args)

    def optional_type(self):
        if not self.take(":"):
            return None
        return "bias" if self.take("bias") else self.name()

    def item_param(self, line):
        name, type_name = self.name(), self.optional_type()
        self.need("=")
        value = self.expr()
        self.need(";")
        return Node("param", line, name=name, type=type_name, value=value)

    def item_let(self, line):
        name = self.name()
        self.need("=")
        value = self.expr()
        self.need(";")
        return Node("let", line, name=name, value=value)

    def formal(self):
        line, name, type_name = self.token.line, self.name(), self.optional_type()
        default = self.expr() if self.take("=") else None
        return Node("formal", line, name=name, type=type_name, default=default)

    def item_fn(self, line):
        name = self.name()
        formals = self.bracketed("(", ")", self.formal)
        self.need("=")
        value = self.expr()
        self.need(";")
        return Node("fn", line, name=name, formals=formals, value=value)

    def item_net(self, line):
        name = self.name()
        formals = self.bracketed("(", ")", self.formal)
        return Node("net", line, name=name, formals=formals, body=self.block())

    def dims(self):
        self.need("[")
        self.enter()
        out = self.exprs()
        self.need("]")
        self.leave()
        return out

    def item_use(self, line):
        name = self.name()
        dims = self.dims() if self.sees("[") else None
        self.need("=")
        net, args = self.view(), self.args()
        self.need(";")
        return Node("use", line, name=name, dims=dims, net=net, args=args)

    def attrs(self):
        def attr():
            line = self.token.line
            path = [self.name()]
            while self.take("."):
                path.append(self.name())
            self.need("=")
            value = self.expr()
            self.need(";")
            return Node("attr", line, path=".".join(path), value=value)
        return self.block(attr)

    def item_bias(self, line):
        name = self.name()
        base = self.view() if self.take(":") else None
        return Node("bias", line, name=name, base=base, attrs=self.attrs())

    def item_population(self, line):
        name, dims = self.name(), self.dims()
        self.need(":")
        bias = self.view()
        attrs = [] if self.take(";") else self.attrs()
        return Node("population", line, name=name, dims=dims, bias=bias, attrs=attrs)

    def item_input(self, line):
        name, dims = self.name(), self.dims()
        source = self.expr() if self.take("=") else None
        self.need(";")
        return Node("input", line, name=name, dims=dims, source=source)

    def views(self):
        out = [self.view()]
        while self.take(","):
            out.append(self.view())
        return out

    def item_set(self, line):
        views = self.views()
        return Node("set", line, views=views, attrs=self.attrs())

    def viewed(self, kind, line):
        views = self.views()
        self.need(":")
        what = self.exprs()
        self.need(";")
        return Node(kind, line, views=views, what=what)

    def item_place(self, line):
        return self.viewed("place", line)

    def item_probe(self, line):
        return self.viewed("probe", line)

    def item_for(self, line, one=None):
        name = self.name()
        self.need("in")
        return Node("for", line, name=name, range=self.range(), body=self.block(one))

    def item_if(self, line):
        condition, then, other = self.expr(), self.block(), []
        if self.take("else"):
            other = [self.item_if(self.tokens[self.at - 1].line)] if self.take("if") else self.block()
        return Node("if", line, condition=condition, then=then, other=other)

    def item_assert(self, line):
        condition = self.expr()
        message = self.string() if self.take(",") else None
        self.need(";")
        return Node("assert", line, condition=condition, message=message)

    def item_test(self, line):
        name = self.string()
        args = self.args() if self.sees("(") else []
        return Node("test", line, name=name, args=args, steps=self.block(self.step))

    def during(self):
        if not self.take("during"):
            return None
        low = self.expr()
        self.need("..")
        return low, self.expr()

    def step(self):
        line = self.token.line
        if self.take("drive"):
            view = self.view()
            self.need("=")
            node = Node("drive", line, view=view, value=self.expr(), during=self.during())
        elif self.take("set"):
            return self.item_set(line)
        elif self.take("for"):
            return self.item_for(line, self.step)
        elif self.take("run"):
            node = Node("run", line, value=self.expr())
        elif self.take("expect"):
            node = Node("expect", line, value=self.expr(), during=self.during())
        else:
            raise Fault("E0106", "no step starts with %s" % self.token.text)
        self.need(";")
        return node

    # --- views and expressions

    def view(self):
        line = self.token.line
        node = Node("name", line, name=self.name())
        while True:
            if self.take("."):
                node = Node("member", line, of=node, name=self.name())
            elif self.sees("["):
                node = Node("index", line, of=node, subs=self.bracketed("[", "]", self.sub))
                if not node.subs:
                    raise Fault("E0106", "empty brackets")
            else:
                return node

    def sub(self):
        """An expression or a range."""
        low = None if self.sees(":") else self.expr()
        return self.range_after(low) if self.sees(":") else low

    def range_after(self, low):
        line = self.token.line
        self.need(":")
        high = None if self.sees_end_of_range() else self.expr()
        step = self.expr() if self.take(":") else None
        return Node("range", line, low=low, high=high, step=step)

    def sees_end_of_range(self):
        return any(self.sees(sign) for sign in (":", ",", "]", "{"))

    def range(self):
        low = None if self.sees(":") else self.expr()
        if self.sees(".."):
            raise Fault("E0109")
        return self.range_after(low)

    def exprs(self):
        out = [self.expr()]
        while self.take(","):
            out.append(self.expr())
        return out

    def arg(self):
        name = None
        if self.token.kind == "name" and self.sees("=", 1):
            name, self.at = self.token.text, self.at + 2
        return Node("arg", self.token.line, name=name, value=self.expr())

    def args(self):
        return self.bracketed("(", ")", self.arg)

    def expr(self, least=0):
        token = self.token
        if self.take("-"):
            left = Node("minus", token.line, of=self.expr(MINUS))
        elif self.take("not"):
            left = Node("not", token.line, of=self.expr(NOT))
        else:
            left = self.postfix()
        compared = False
        while self.token.kind in ("sign", "keyword") and self.token.text in BINARY:
            op = self.token.text
            level = BINARY[op]
            if level < least or (level == COMPARISON and least > COMPARISON):
                break
            line, self.at = self.token.line, self.at + 1
            if level == COMPARISON:
                if compared:
                    raise Fault("E0108")
                compared = True
            if op == "in":
                low = self.expr()
                self.need("..")
                left = Node("within", line, of=left, low=low, high=self.expr(COMPARISON + 1))
            elif op == "**":
                left = Node("binary", line, op=op, left=left, right=self.expr(POWER))
            else:
                left = Node("binary", line, op=op, left=left, right=self.expr(level + 1))
        return left

    def postfix(self):
        node = self.primary()
        while True:
            line = self.token.line
            if self.sees("("):
                node = Node("call", line, of=node, args=self.args())
            elif self.sees("["):
                node = Node("index", line, of=node, subs=self.bracketed("[", "]", self.sub))
                if not node.subs:
                    raise Fault("E0106", "empty brackets")
            elif self.take("."):
                node = Node("member", line, of=node, name=self.name())
            else:
                return node

    def primary(self):
        token = self.token
        if token.kind in ("int", "real", "quantity", "string"):
            self.at += 1
            return Node(token.kind, token.line, value=token.value, unit=token.unit)
        if token.kind == "name":
            self.at += 1
            return Node("name", token.line, name=token.text)
        if self.take("on") or self.take("off"):
            return Node("bool", token.line, value=token.text == "on")
        if self.take("pre") or self.take("post"):
            return Node("unit", token.line, name=token.text)
        if self.take("("):
            self.enter()
            node = self.expr()
            self.need(")")
            self.leave()
            return node
        if self.sees("["):
            return self.list(token.line)
        raise Fault("E0106", "line %d: unexpected %s" % (token.line, token.text))

    def list(self, line):
        self.need("[")
        self.enter()
        node = Node("list", line, items=[])
        if not self.sees("]"):
            node.items.append(self.expr())
            if self.take("for"):
                name = self.name()
                self.need("in")
                node = Node("comprehension", line, value=node.items[0], name=name, range=self.range())
            else:
                while self.take(","):
                    node.items.append(self.expr())
        self.need("]")
        self.leave()
        return node


def parse(text):
    return Parser(text).file()
