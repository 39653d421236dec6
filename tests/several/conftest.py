"""The process that serves all tests of this folder, file by file in alphabetical order.

What is there after the first resync comes first; last, the integration leaves.
"""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from sandbox.acting import SETTINGS as ACTIONS
from tests.several.companies import CONFIG, SITE, Several, several

SETTINGS = {
    # Keys that both sites have are the first one's.
    f"{CONFIG}LINKED_JIRA_SITES": f"default, {SITE}",
    f"{CONFIG}INCREMENTAL_LOOK_SECONDS": "1",
    **ACTIONS,
}


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def filled(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Several]:
    """Yield the integration after a resync."""
    report = tmp_path_factory.mktemp("several") / "report.json"
    async with several(report, **SETTINGS) as system:
        system.whole.first = await system.whole.resync()
        yield system


@pytest.fixture
def system(filled: Several) -> Iterator[Several]:
    """Yield the running integration, and let the vendors be well afterwards."""
    yield filled
    filled.heal()
