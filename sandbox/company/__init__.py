"""A believable web shop, the same for the same seed: its plans and its deliveries.

Builders that consist of one item are longer than other functions on purpose: the shape
that the vendor's documentation shows can be compared with it at a glance.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from random import Random

from sandbox.company.base import (
    CLOUD_ID,
    DEFAULT,
    LARGE,
    ORGANIZATION_ID,
    SITE,
    Collection,
    Company,
    Draft,
    Item,
    Size,
    this_hour,
)
from sandbox.company.jira import build_jira
from sandbox.company.octopus import build_octopus

__all__ = [
    "CLOUD_ID",
    "DEFAULT",
    "LARGE",
    "ORGANIZATION_ID",
    "SITE",
    "Collection",
    "Company",
    "Item",
    "Size",
    "build_company",
    "no_garbage",
]


def build_company(
    seed: int = 7, *, size: Size = DEFAULT, now: datetime | None = None
) -> Company:
    """Return a company whose dates are relative to `now`, by default this hour."""
    company = Company(seed=seed, size=size, now=now or this_hour())
    draft = Draft(company, Random(seed))
    with no_garbage():
        build_jira(draft)
        build_octopus(draft)
    return company


@contextmanager
def no_garbage() -> Iterator[None]:
    """Search for no garbage where none is made, for that takes as long as the rest."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
