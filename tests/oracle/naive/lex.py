"""Tokens of a .dyn file."""
import re
from fractions import Fraction

from .number import UNITS, Fault

KEYWORDS = set("""import as target param let fn net use bias population input set place probe for in if else
test drive run expect during assert and or not on off pre post""".split())
IDENT_MAX = 128
INT_MAX = 2 ** 63 - 1
SIGNS = ["->", "..", "==", "!=", "<=", ">=", "**", "//"] + list("+-*/%<>=(){}[],;:.")
ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}

NUMBER = re.compile(r"0[xX][0-9A-Fa-f]+(?:_[0-9A-Fa-f]+)*|0[bB][01]+(?:_[01]+)*"
                    r"|[0-9](?:_?[0-9])*\.[0-9](?:_?[0-9])*(?:[eE][+-]?[0-9]+)?"
                    r"|[0-9](?:_?[0-9])*[eE][+-]?[0-9]+|[0-9](?:_?[0-9])*")
UNIT = re.compile(r"[ \t]*(fA|pA|nA|uA|mA|ns|us|ms|s|uV|mV|V|Hz|kHz|MHz)(?![A-Za-z0-9_])")
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Token:
    """kind: name, keyword, sign, int, real, quantity, string, end."""

    __slots__ = ("kind", "text", "value", "unit", "line")

    def __init__(self, kind, text, line, value=None, unit=None):
        self.kind, self.text, self.line, self.value, self.unit = kind, text, line, value, unit

    def __repr__(self):
        return "%s %r, line %d" % (self.kind, self.text, self.line)


def number(text, at, line):
    """The number token at `at` and where it ends."""
    literal = NUMBER.match(text, at).group()
    end, plain = at + len(literal), literal.replace("_", "")
    based = plain[:2].lower() in ("0x", "0b")
    unit = None if based else UNIT.match(text, end)
    if unit:
        exact = Fraction(plain)
        scale = UNITS[unit.group(1)]
        return Token("quantity", literal, line, exact, scale), unit.end()
    if WORD.match(text, end):
        raise Fault("E0104")
    if based:
        value = int(plain, 0)
    elif "." in plain or "e" in plain.lower():
        try:
            value = float(Fraction(plain))
        except OverflowError:
            raise Fault("E0105") from None
        return Token("real", literal, line, value, Fraction(plain)), end
    else:
        value = int(plain)
    if value > INT_MAX:
        raise Fault("E0105")
    return Token("int", literal, line, value, Fraction(value)), end


def string(text, at, line):
    out, i = [], at + 1
    while True:
        if i >= len(text) or text[i] == "\n" or text.startswith("\r\n", i):
            raise Fault("E0102")
        if text[i] == '"':
            return Token("string", text[at:i + 1], line, "".join(out)), i + 1
        if text[i] == "\\":
            if i + 1 >= len(text) or text[i + 1] == "\n":
                raise Fault("E0102")
            if text[i + 1] not in ESCAPES:
                raise Fault("E0111")
            out.append(ESCAPES[text[i + 1]])
            i += 2
            continue
        if text[i] == "\0":
            raise Fault("E0101")
        out.append(text[i])
        i += 1


def tokens(text):
    """All tokens of the text, the last one is `end`. Raises the Fault of the first lexical error."""
    out, at, line = [], 1 if text.startswith("\ufeff") else 0, 1
    while at < len(text):
        c = text[at]
        if c == "\n":
            line, at = line + 1, at + 1
        elif c in " \t" or text.startswith("\r\n", at):
            at += 1
        elif c == "#":
            while at < len(text) and text[at] != "\n":
                at += 1
        elif c == '"':
            token, at = string(text, at, line)
            out.append(token)
        elif "0" <= c <= "9":
            token, at = number(text, at, line)
            out.append(token)
        elif WORD.match(text, at):
            word = WORD.match(text, at).group()
            if len(word) > IDENT_MAX:
                raise Fault("E0110")
            out.append(Token("keyword" if word in KEYWORDS else "name", word, line))
            at += len(word)
        else:
            for sign in SIGNS:
                if text.startswith(sign, at):
                    out.append(Token("sign", sign, line))
                    at += len(sign)
                    break
            else:
                raise Fault("E0101")
    out.append(Token("end", "end of file", line))
    return out
