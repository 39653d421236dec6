"""How large the company is that tests load."""

from datetime import datetime, timedelta

import pytest

from sandbox.company import DEFAULT, Size
from sandbox.port.model import timestamp
from sandbox.servers import Stands

# Every kind and every hard case; most lists fit on a page.
FEW = Size(issues=100, releases=60, deployments=100)
# For tests whose lists need several pages.
with_long_lists = pytest.mark.parametrize(
    "company", [DEFAULT], indirect=True, ids=["long-lists"]
)


def let_a_minute_pass(stands: Stands) -> None:
    """Date what Port holds back, as if the next resync began a minute later.

    One that begins in the second of the last one leaves what that has written alone.
    """
    for entities in stands.port.entities.values():
        for entity in entities.values():
            changed = datetime.fromisoformat(entity["updatedAt"])
            entity["updatedAt"] = timestamp(changed - timedelta(minutes=1))
