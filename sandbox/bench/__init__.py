"""Measure the integration against the stand-ins, beside the stock path: `make bench`.

Only ratios count: both paths run in turn, on one machine, against one company.
"""
