"""A second evaluator of the .dyn language, for tests: plain double loops, no shortcuts.

Written from the language's description alone; it shares nothing with compiler/. `python3 -m naive NET.dyn`
(from tests/oracle) prints the canonical network or the codes of the errors.
"""
