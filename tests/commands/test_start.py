"""`make run` says within seconds if its settings can't work; else it sails."""

import sys
from collections.abc import AsyncIterator

import pytest

from sandbox.company import build_company
from sandbox.live import free_port
from sandbox.servers import Stands, serve
from tests.live_events.test_registration import NO_RESYNC, said
from tests.test_end_to_end import SMALL
from tests.warm import sail, serving

pytestmark = pytest.mark.process
START = (sys.executable, "-m", "commands.start")
CONFIG = "OCEAN__INTEGRATION__CONFIG__"
NOBODY = "http://127.0.0.1:1"


@pytest.fixture
async def stands() -> AsyncIterator[Stands]:
    async with serve(build_company(size=SMALL)) as running:
        yield running


async def test_a_good_start_sails(stands: Stands) -> None:
    settings = {**stands.environment(), **NO_RESYNC}

    async with serving(settings, free_port(), program=START) as log:
        await said(log, ["Application startup complete"])


async def test_one_product_that_does_not_answer_is_named_and_the_other_goes_on(
    stands: Stands,
) -> None:
    settings = {**stands.environment(), **NO_RESYNC, f"{CONFIG}JIRA_HOST": NOBODY}

    async with serving(settings, free_port(), program=START) as log:
        told = await said(log, ["Application startup complete"])

    assert told.startswith("Jira: nothing answers at http://127.0.0.1:1: ")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"OCEAN__PORT__CLIENT_SECRET": "of-last-year"},
            "Port refuses the credentials",
        ),
        ({"OCEAN__PORT__BASE_URL": NOBODY}, "Port can't be reached at"),
        (
            {f"{CONFIG}JIRA_HOST": NOBODY, f"{CONFIG}OCTOPUS_SERVER_URL": NOBODY},
            "Check octopusServerUrl",
        ),
        (
            {f"{CONFIG}INCREMENTAL_LOOK_SECONDS": "abc", f"{CONFIG}JIRA_HOST": ""},
            "2 things are wrong with the settings",
        ),
    ],
    ids=["refused", "no port", "no products", "settings"],
)
async def test_what_cannot_work_ends_at_once_and_names_the_setting(
    stands: Stands, wrong: dict[str, str], message: str
) -> None:
    ended = await sail({**stands.environment(), **wrong}, program=START)

    assert ended.status == 1
    assert ended.log.startswith("Not started: ") and message in ended.log
    assert all(name in ended.log for name in wrong)
    assert "Traceback" not in ended.log and len(ended.log.splitlines()) < 20
