"""Data files: matrices from csv and npy, pair lists from csv."""
import math
import os
import struct

from .number import Fault

SHAPE = ("b", "i", "u", "f")
FORMATS = {"b1": "?", "i1": "b", "i2": "h", "i4": "i", "i8": "q", "u1": "B", "u2": "H", "u4": "I", "u8": "Q",
           "f2": "e", "f4": "f", "f8": "d"}


def inside(root, base, path):
    """The file a path names from the folder `base`; never outside the root."""
    if path.startswith("/"):
        raise Fault("E0602")
    parts = [] if base == "." else base.split("/")
    for part in path.split("/"):
        if part == "..":
            if not parts:
                raise Fault("E0602")
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    full = os.path.join(root, *parts)
    if not os.path.isfile(full):
        raise Fault("E0601", full)
    return full, "/".join(parts)


def lines(path):
    with open(path, "rb") as file:
        text = file.read().decode("latin-1")
    out = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.strip() and not line.startswith("#"):
            out.append([cell.strip(" \t") for cell in line.split(",")])
    return out


def cell(text):
    try:
        if not text or any(c not in "0123456789.+-eE" for c in text):
            raise ValueError
        value = float(text)
    except ValueError:
        raise Fault("E0604", text) from None
    if math.isinf(value):
        raise Fault("E0604", text)
    return value


def without_header(rows):
    if rows:
        try:
            cell(rows[0][0])
        except Fault:
            return rows[1:]
    return rows


def load_csv(path):
    rows = [[cell(text) for text in row] for row in without_header(lines(path))]
    if not rows:
        raise Fault("E0604", "empty")
    if len({len(row) for row in rows}) > 1:
        raise Fault("E0603", "ragged")
    return rows


def load_npy(path):
    with open(path, "rb") as file:
        data = file.read()
    if data[:6] != b"\x93NUMPY" or data[6] not in (1, 2):
        raise Fault("E0604")
    size, at = struct.unpack_from("<H" if data[6] == 1 else "<I", data, 8)[0], 10 if data[6] == 1 else 12
    header = eval(data[at:at + size].decode("latin-1"), {"__builtins__": {}})  # files of the generator only
    descr, at = header["descr"], at + size
    if descr[1:] not in FORMATS:
        raise Fault("E0606")
    order = ">" if descr[0] == ">" else "<"
    shape = header["shape"]
    shape = (1, shape[0]) if len(shape) == 1 else shape
    if len(shape) != 2:
        raise Fault("E0603")
    cells = struct.unpack_from("%s%d%s" % (order, shape[0] * shape[1], FORMATS[descr[1:]]), data, at)
    if any(isinstance(c, float) and not math.isfinite(c) for c in cells):
        raise Fault("E0604")
    if any(isinstance(c, int) and c > 2 ** 63 - 1 for c in cells):
        raise Fault("E0604")
    if header["fortran_order"]:
        return [[cells[c * shape[0] + r] for c in range(shape[1])] for r in range(shape[0])]
    return [list(cells[r * shape[1]:(r + 1) * shape[1]]) for r in range(shape[0])]


def load(path):
    return load_npy(path) if path.endswith(".npy") else load_csv(path)


def pairs(path):
    out, rows = [], lines(path)
    if any(len(row) != 2 for row in rows):
        raise Fault("E0604")
    for row in without_header(rows):
        try:
            pair = tuple(int(text) for text in row)
        except ValueError:
            raise Fault("E0604") from None
        out.append(pair)
    if len(set(out)) < len(out):
        raise Fault("E0604", "a pair twice")
    if any(p < 0 or q < 0 for p, q in out):
        raise Fault("E0210")
    return set(out)
