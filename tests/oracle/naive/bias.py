"""Bias sets: attributes to requests per DAC, inheritance, weight slots, tolerances."""
from fractions import Fraction as F

from .number import CURRENT, TIME, Fault, Quantity
from .values import Dac, type_of

UT_OVER_KAPPA = F(25, 1000) / F(705, 1000)
VTH = F(7, 10)
PICO = F(1, 10 ** 12)

# attribute: (DAC, what besides dac() and amperes it takes, capacitance or the DAC a gain refers to)
ATTRIBUTES = {
    "membrane.tau": ("SOIF_LEAK_N", "tau", 3), "membrane.gain": ("SOIF_GAIN_N", "gain", "SOIF_LEAK_N"),
    "spike.threshold": ("SOIF_SPKTHR_P", "", None), "spike.refractory": ("SOIF_REFR_N", "width", F(3, 2)),
    "dc": ("SOIF_DC_P", "", None),
    "ampa.tau": ("DEAM_ETAU_P", "tau", F(49, 2)), "ampa.gain": ("DEAM_EGAIN_P", "gain", "DEAM_ETAU_P"),
    "nmda.tau": ("DENM_ETAU_P", "tau", 25), "nmda.gain": ("DENM_EGAIN_P", "gain", "DENM_ETAU_P"),
    "nmda.threshold": ("DENM_NMREV_N", "", None),
    "gaba.tau": ("DEGA_ITAU_P", "tau", 25), "gaba.gain": ("DEGA_IGAIN_P", "gain", "DEGA_ITAU_P"),
    "shunt.tau": ("DESC_ITAU_P", "tau", F(49, 2)), "shunt.gain": ("DESC_IGAIN_P", "gain", "DESC_ITAU_P"),
    "adaptation.tau": ("SOAD_TAU_P", "tau", 40), "adaptation.gain": ("SOAD_GAIN_P", "gain", "SOAD_TAU_P"),
    "adaptation.weight": ("SOAD_W_N", "", None), "adaptation.pulse": ("SOAD_PWTAU_N", "width", F(1, 2)),
    "pulse": ("SYPD_EXT_N", "width", F(1, 2)),
    "stp.weight": ("SYAM_STDW_N", "", None), "stp.strength": ("SYAW_STDSTR_N", "", None),
}
GAIN_OF = {dac: base for dac, kind, base in ATTRIBUTES.values() if kind == "gain"}
RAW = set("""SOIF_DC_P SOIF_LEAK_N SOIF_GAIN_N SOIF_REFR_N SOIF_SPKTHR_P SOIF_CC_N SOAD_PWTAU_N SOAD_GAIN_P SOAD_TAU_P SOAD_W_N
SOAD_CASC_P SOCA_W_N SOCA_GAIN_P SOCA_TAU_P SOHO_VB_P SOHO_VH_P SOHO_VREF_P SOHO_VREF_L_P SOHO_VREF_M_P SOHO_VREF_H_P SOHO_VRST_P
DEAM_ETAU_P DEAM_EGAIN_P DEAM_ITAU_P DEAM_IGAIN_P DEAM_REV_N DEAM_VRES_P DEAM_HRES_P DEAM_NRES_P DENM_ETAU_P DENM_EGAIN_P
DENM_ITAU_P DENM_IGAIN_P DENM_NMREV_N DENM_REV_N DEGA_ITAU_P DEGA_IGAIN_P DEGA_REV_P DESC_ITAU_P DESC_IGAIN_P SYPD_EXT_N
SYPD_DLY0_P SYPD_DLY1_P SYPD_DLY2_P SYAM_W0_P SYAM_W1_P SYAM_W2_P SYAM_W3_P SYAM_STDW_N SYAW_STDSTR_N SYSA_VRES_N SYSA_VB_P""".split())
SLOT_DAC = ["SYAM_W%d_P" % i for i in range(4)]
PINNED = ["w0", "w1", "w2", "w3"]
SETTINGS = {"tolerance": 0.10, "weight.tolerance": 0.05, "delay.tolerance": 0.10}
DELAYS = {"delay.none": "none", "delay.precise": "precise", "delay.mismatched": "mismatched"}


def whole(x):
    """The nearest integer of a binary64 or a fraction, halves away from zero."""
    exact = F(x)
    return int(abs(exact) + F(1, 2)) * (1 if exact >= 0 else -1)


def to_za(amperes):
    """Amperes in units of 1e-21 A: one binary64 product, then the nearest integer."""
    return whole(amperes * 1e21 if isinstance(amperes, float) else amperes * 10 ** 21)


def to_ps(seconds):
    return whole(float(seconds) * 1e12)


class BiasSet:
    """Requests by DAC: ("dac", c, f), ("amperes", binary64), ("time", kind, constant, seconds), ("ratio", r)."""

    def __init__(self, path, parent=None):
        self.path, self.parent = path, parent
        self.requests = dict(parent.requests) if parent else {}
        self.slots = list(parent.slots) if parent else [None] * 4
        self.delays = dict(parent.delays) if parent else {}
        self.settings = dict(parent.settings) if parent else dict(SETTINGS)
        self.unit = parent.unit if parent else None
        self.named = set()  # positions of slots that projections name

    def slot(self, name):
        if name in PINNED:
            return PINNED.index(name)
        if name in self.slots:
            return self.slots.index(name)
        raise Fault("E0201", "slot %s" % name)

    def inherits(self, other):
        return self is other or bool(self.parent and self.parent.inherits(other))

    def place_slot(self, name):
        """The position of a slot that is being set: known, pinned, or the lowest free one."""
        if name in PINNED:
            return PINNED.index(name)
        if name in self.slots:
            return self.slots.index(name)
        free = [i for i in range(4) if self.slots[i] is None]
        if not free:
            raise Fault("E0307", name)
        return free[0]

    def fill(self, attrs, value_of):
        """Sets the attributes of one block; value_of gives (value, is the literal 0). Yields faults as they arise."""
        seen, codes = set(), []
        pinned = [a.path[7:] for a in attrs if a.path.startswith("weight.") and a.path[7:] in PINNED]
        for name in pinned:
            if self.slots[PINNED.index(name)] is None:
                self.slots[PINNED.index(name)] = name
        for attr in attrs:
            try:
                key = self.set(attr.path, *value_of(attr.value))
                if key in seen:
                    raise Fault("E0207", key)
                seen.add(key)
            except Fault as fault:
                codes.append((fault.code, str(fault)))
        return codes

    def set(self, path, value, zero):
        """Sets one attribute and returns what it set: a DAC or a setting."""
        if path in SETTINGS:
            if type_of(value).name not in ("int", "real"):
                raise Fault("E0203", path)
            if not 0 <= value <= 10:
                raise Fault("E0205", path)
            self.settings[path] = float(value)
            return path
        if path == "weight.unit":
            self.unit = to_za(self.dimension(value, CURRENT, zero))
            if self.unit <= 0:
                raise Fault("E0205", path)
            return path
        if path in DELAYS:
            self.delays[DELAYS[path]] = to_ps(self.dimension(value, TIME, zero))
            return path
        if path.startswith("weight."):
            if path.count(".") > 1:
                raise Fault("E0202", path)
            at = self.place_slot(path[7:])
            self.requests[SLOT_DAC[at]] = self.request(value, "", None, zero)
            self.slots[at] = path[7:] if self.slots[at] in (None, path[7:]) else self.slots[at]
            return SLOT_DAC[at]
        if path in ATTRIBUTES:
            dac, kind, constant = ATTRIBUTES[path]
        elif path in RAW:
            dac, kind, constant = path, "", None
        else:
            raise Fault("E0202", path)
        self.requests[dac] = self.request(value, kind, constant, zero)
        return dac

    @staticmethod
    def dimension(value, dim, zero):
        if zero:
            return 0.0
        if not isinstance(value, Quantity) or value.dim != dim:
            raise Fault("E0203", "%r" % value)
        return value.value

    @staticmethod
    def request(value, kind, constant, zero):
        if isinstance(value, Dac):
            return ("dac", value.coarse, value.fine)
        if isinstance(value, Quantity) and value.dim == CURRENT:
            return ("amperes", value.value)
        if kind in ("tau", "width") and isinstance(value, Quantity) and value.dim == TIME:
            if value.value <= 0:
                raise Fault("E0205", "not positive")
            return ("time", kind, constant, F(value.value))
        if kind == "gain" and type_of(value).name in ("int", "real"):
            if value <= 0:
                raise Fault("E0205", "not positive")
            return ("ratio", F(value))
        if zero and kind == "":
            return ("amperes", 0.0)
        raise Fault("E0203", "%r" % value)

    def current(self, dac):
        """Exact amperes of a request; None where they hang on a DAC code or a default."""
        request = self.requests.get(dac)
        if request is None or request[0] == "dac":
            return None
        if request[0] == "amperes":
            return F(request[1])
        if request[0] == "time":
            _, kind, constant, seconds = request
            return (UT_OVER_KAPPA if kind == "tau" else VTH) * constant * PICO / seconds
        base = self.current(GAIN_OF[dac])
        return None if base is None else base * request[1]

    def text(self):
        """(line, exact): a derived current may differ in the last digits."""
        out = []
        for dac in sorted(RAW):
            request = self.requests.get(dac)
            if dac in SLOT_DAC:
                at = SLOT_DAC.index(dac)
                if request is None and at in self.named:
                    out.append(("%s %d zA" % (dac, 10 ** 12 << at), True))
                elif request is None:
                    out.append(("%s solved" % dac, True))
            if request is None:
                continue
            if request[0] == "dac":
                out.append(("%s dac(%d, %d)" % (dac, request[1], request[2]), True))
                continue
            amperes = self.current(dac)
            if amperes is None:
                out.append(("%s of default" % dac, False))
            else:
                out.append(("%s %d zA" % (dac, to_za(request[1] if request[0] == "amperes" else amperes)), request[0] == "amperes"))
        return out
