"""The executors on stand-ins of Jira and Port, in one process."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

import actions.finding as finding_module
from actions.jira import jira_executors
from actions.runs import Runs
from actions.service import Actions
from client import ApiClient
from sandbox.jira import JiraSandbox
from sandbox.port import PortSandbox
from tests.actions.desk import PATIENCE_SECONDS, Desk, Port
from tests.jira import conftest as at_jira
from tests.sandbox.test_contracts import watch

site, connect, api = at_jira.site, at_jira.connect, at_jira.api


@pytest.fixture
def port() -> PortSandbox:
    return PortSandbox()


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for lost changes as often as ever, but at once."""
    monkeypatch.setattr(finding_module, "LOOKS_SECONDS", (0.0, 0.0, 0.0))
    monkeypatch.setattr("actions.reporting.PAUSES_SECONDS", (0.0, 0.0, 0.0))


@pytest.fixture
async def open_desk(
    port: PortSandbox, site: JiraSandbox, connect: Callable[..., ApiClient]
) -> AsyncIterator[Callable[[], Desk]]:
    """Yield what opens another desk: another process with the same accounts."""

    def open_() -> Desk:
        settings: dict[str, Any] = {}
        runs = Runs(Port(port), "sandbox")  # type: ignore[arg-type]
        actions = Actions(runs, settings=settings, patience_seconds=PATIENCE_SECONDS)
        client = connect()
        found = {one.ACTION_NAME: one for one in jira_executors(actions, client)}
        return Desk(port, site, actions, found, settings)

    answers = watch(site.app, "jira")
    yield open_
    assert port.unknown_routes == []
    assert answers.wrong == set()


@pytest.fixture
def desk(open_desk: Callable[[], Desk]) -> Desk:
    return open_desk()
