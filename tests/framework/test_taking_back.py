"""What a mapping has lost of shared entities goes only if it is surely lost."""

from typing import Any

import pytest

from framework.resync_run import Product, key_of
from tests.framework.resyncs import delete, jq_rules, mapped, resync
from tests.framework.test_several_sites import PLAN, Server
from tests.framework.test_shared import KIND, WAYS, Catalog, issue
from tests.framework.test_stubs import written

__all__ = ["jq_rules", "written"]
pytestmark = pytest.mark.usefixtures(jq_rules.__name__)

ISSUES = mapped(
    "issue", '"issue"', identifier=".__scope + .Id", properties={"status": ".s"}
)


async def sign_in(api: Any) -> None:
    """Let everybody in."""


async def reconcile(
    port: Catalog, came: list[str], *servers: Server, **settings: Any
) -> Any:
    """Return what is deleted where ways bring all, and issues what `came`."""
    known = [*port.known.values()]
    async with resync(ISSUES, WAYS) as run:
        run.products = [
            Product(name=one.site.label, api=one, sign_in=sign_in) for one in servers
        ]
        apis: Any = servers
        reading = run.begin_each(ISSUES, PLAN, apis)
        reading.brought = {("issue", name) for name in came}
        run.begin(WAYS, KIND, None).brought = {key_of(entity) for entity in known}
        gone = await delete(known, known, port, **settings)  # type: ignore[arg-type]
        return gone, [trouble.reason for trouble in reading.troubles]


def both(*names: str) -> Catalog:
    return Catalog(*(issue(name, status="Done", state="x") for name in names))


async def test_a_list_that_lacks_what_is_there_takes_nothing_back(
    written: list[Any],
) -> None:
    """All are still brought by the other mapping, so nothing is missing as a whole."""
    server = Server("", "1", "2", "3")
    _, (reason,) = await reconcile(both("1", "2", "3"), ["3"], server)
    assert "1, which the list lacks, is still there" in reason
    assert written == []


@pytest.mark.parametrize("settings", [{}, {"allow_large_deletions": True}])
async def test_what_the_vendor_no_longer_has_is_taken_back(
    written: list[Any], settings: Any
) -> None:
    server = Server("", "3")
    _, reasons = await reconcile(both("1", "2", "3"), ["3"], server, **settings)
    assert not reasons
    assert [part["identifier"] for part, _ in written] == ["1", "2"]


async def test_each_site_confirms_what_it_lost(written: list[Any]) -> None:
    """Of all that there is, one of four is lost; of the second site, all."""
    servers = Server("", "1", "2", "3"), Server("emea", "1")
    _, (reason,) = await reconcile(both("1", "2", "3", "emea/1"), list("123"), *servers)
    assert "emea/1, which the list lacks, is still there" in reason
    assert written == []


async def test_a_site_that_the_settings_lack_keeps_what_it_gave(
    written: list[Any],
) -> None:
    port = both("1", "2", "3", "emea/1")
    await reconcile(port, list("123"), Server("", *"123"))
    assert written == []
    allowed: Any = {"allow_large_deletions": True}
    await reconcile(port, list("123"), Server("", *"123"), **allowed)
    assert [part["identifier"] for part, _ in written] == ["emea/1"]
