#!/usr/bin/env python3
"""Writes w_rec.npy, w_in.csv and digits.csv of this example: SplitMix64 from seed 2026, nothing else.
Usage: make_matrices.py [FOLDER]

w_rec: 200 x 200 (row = pre), every target hears 40 others; 70 % of the weights lie in 0.06 .. 1.0, the others in
-1.0 .. -0.06; the remaining cells hold values below 0.05 in size, which the masks of the network leave out.
w_in: 20 x 200, every target hears 8 inputs, weights 0.1 .. 1.0, a quarter of them negative. Weights of both are
multiples of 0.01.
digits: spikes of 20 units for 800 ms: 30 Hz each, and a bump of 90 Hz that moves over them.
"""
import struct
import sys

MASK = (1 << 64) - 1


class SplitMix64:
    def __init__(self, seed):
        self.state = seed

    def bits(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def unit(self):
        return (self.bits() >> 11) * 2.0 ** -53

    def sample(self, n, k):
        items = list(range(n))
        for i in range(k):
            j = i + self.bits() % (n - i)
            items[i], items[j] = items[j], items[i]
        return set(items[:k])


def signed(rng, low, negative):
    size = round(low + (1.0 - low) * rng.unit(), 2)
    return -size if rng.unit() < negative else size


def recurrent(rng, n):
    w = [[0.1 * rng.unit() - 0.05 for _ in range(n)] for _ in range(n)]
    for post in range(n):
        heard = rng.sample(n, 41) - {post}
        for pre in sorted(heard)[:40]:
            w[pre][post] = signed(rng, 0.06, 0.3)
        w[post][post] = 0.0
    return w


def inputs(rng, n_in, n):
    w = [[0.0] * n for _ in range(n_in)]
    for post in range(n):
        for pre in sorted(rng.sample(n_in, 8)):
            w[pre][post] = signed(rng, 0.1, 0.25)
    return w


def write_npy(path, w):
    head = "{'descr': '<f8', 'fortran_order': False, 'shape': (%d, %d), }" % (len(w), len(w[0]))
    head += " " * (-(10 + len(head) + 1) % 64) + "\n"
    with open(path, "wb") as f:
        f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode())
        for row in w:
            f.write(struct.pack("<%dd" % len(row), *row))


def write_csv(path, w):
    with open(path, "w") as f:
        for row in w:
            f.write(",".join("%.6g" % x for x in row) + "\n")


def write_spikes(path, rng, n_in):
    spikes = []
    for t in range(0, 800, 50):
        for unit in range(n_in):
            near = abs((unit * 40 - t + 400) % 800 - 400)
            rate = 90.0 if near < 80 else 30.0
            count = sum(rng.unit() < rate * 0.001 for _ in range(50))
            spikes += [(t * 1000 + int(50000 * rng.unit()), unit) for _ in range(count)]
    with open(path, "w") as f:
        f.write("unit,time_us\n")
        for time, unit in sorted(spikes):
            f.write("%d,%d\n" % (unit, time))


def main(folder):
    rng = SplitMix64(2026)
    write_npy(folder + "/w_rec.npy", recurrent(rng, 200))
    write_csv(folder + "/w_in.csv", inputs(rng, 20, 200))
    write_spikes(folder + "/digits.csv", rng, 20)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else ".")
