"""The company that tests load, and how large it is."""

import pickle
from datetime import datetime, timedelta
from functools import cache

import pytest

from sandbox.company import DEFAULT, Company, Size, build_company, no_garbage
from sandbox.port.model import timestamp
from sandbox.servers import Stands

# Every kind and every hard case; most lists fit on a page.
FEW = Size(issues=100, releases=60, deployments=100)
# For tests whose lists need several pages.
with_long_lists = pytest.mark.parametrize(
    "company", [DEFAULT], indirect=True, ids=["long-lists"]
)


@cache
def _saved(size: Size) -> bytes:
    return pickle.dumps(build_company(size=size))


def new_company(size: Size) -> Company:
    """Return a company that the test may change; each size is built only once.

    Loading is ten times as fast as building.
    """
    saved = _saved(size)
    with no_garbage():
        company: Company = pickle.loads(saved)
    return company


def let_a_minute_pass(stands: Stands) -> None:
    """Date what Port holds back, as if the next resync began a minute later.

    One that begins in the second of the last one leaves what that has written alone.
    """
    for entities in stands.port.entities.values():
        for entity in entities.values():
            changed = datetime.fromisoformat(entity["updatedAt"])
            entity["updatedAt"] = timestamp(changed - timedelta(minutes=1))
