"""An incremental run signs in once, stops at no kind, and says how it ended."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from port_ocean.context.event import EventType, event_context
from port_ocean.context.event import event as current
from port_ocean.core.handlers.port_app_config.models import (
    PortAppConfig,
    ResourceConfig,
)
from port_ocean.core.integrations.mixins.sync_raw import SyncRawMixin
from port_ocean.core.models import Entity

from core.errors import Forbidden, Unavailable
from core.resource import Resource
from framework.incremental import IncrementalIntegration
from framework.resync_run import Reading, current_run
from framework.summary import REPORT_FILE
from tests.framework.resyncs import mapped

ISSUE, LOG, TASK = (mapped(kind, '"x"') for kind in ("issue", "log", "task"))


class Manager:
    """Deletes what is gone."""

    def __init__(self) -> None:
        self.gone: list[Any] = []

    async def initialize_handlers(self) -> None:
        pass

    async def sync_raw_results(self, results: list[Any]) -> None:
        self.gone += [i for one in results for i in one.deleted_raw_results]


class Integration(IncrementalIntegration):
    """Brings kinds as the test says."""

    def __init__(self, **happens: Any) -> None:
        self.happens = happens
        self.manager = Manager()
        app = SimpleNamespace(webhook_manager=self.manager)
        self.context = SimpleNamespace(app=app)  # type: ignore[assignment]
        self.signed_in = 0
        self.sign_in_error: Exception | None = None
        self.saved: list[str] = []
        self.prepare_with(self._sign_in)

    async def _sign_in(self) -> None:
        self.signed_in += 1
        if self.sign_in_error:
            raise self.sign_in_error


async def sync(self: Integration) -> None:
    async with event_context(EventType.INCREMENTAL_RESYNC):
        resources = [ISSUE, LOG, TASK]
        current.port_app_config = PortAppConfig.construct(resources=resources)
        args: Any = [None] * 7
        for resource in resources:
            if not await self._sync_incremental_kind(resource, 0, *args):
                return


async def sync_kind(self: Integration, resource: ResourceConfig, *_: Any) -> bool:
    agent: Any = None
    try:
        _found, errors = await self.process_resource(resource, 0, agent)
    except Exception:
        return False
    if not errors:
        self.saved.append(resource.kind)
    return not errors


async def process(
    self: Integration, resource: ResourceConfig, *_: Any
) -> tuple[list[Entity], list[Exception]]:
    run = current_run()
    assert run is not None
    reading = run.begin(resource, Resource(kind=resource.kind, id_field="Id"), None)
    if happens := self.happens.get(resource.kind):
        happens(reading)
    return [], []


@pytest.fixture(autouse=True)
def framework(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do in short what the framework does in an incremental run."""
    monkeypatch.setattr(SyncRawMixin, "sync_incremental", sync)
    monkeypatch.setattr(SyncRawMixin, "_sync_incremental_kind", sync_kind)
    monkeypatch.setattr(SyncRawMixin, "process_resource", process)


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    file = tmp_path / "report.json"
    monkeypatch.setenv(REPORT_FILE, str(file))
    yield file


def outcome(report: Path) -> str:
    return str(json.loads(report.read_text())["outcome"])


async def test_a_good_run_signs_in_once_and_saves_every_cursor(report: Path) -> None:
    ours = Integration()
    await ours.sync_incremental()
    assert ours.signed_in == 1
    assert ours.saved == ["issue", "log", "task"]
    assert outcome(report) == "complete"
    await ours.sync_incremental()
    assert ours.signed_in == 2


async def test_what_may_pass_keeps_its_cursor_and_stops_no_other(report: Path) -> None:
    ours = Integration(log=lambda r: r.report.lose_kind(Unavailable("down")))
    await ours.sync_incremental()
    assert ours.saved == ["issue", "task"]
    assert outcome(report) == "incomplete"


async def test_what_is_refused_for_good_holds_nothing_back(report: Path) -> None:
    ours = Integration(log=lambda r: r.report.lose_kind(Forbidden("no")))
    await ours.sync_incremental()
    assert ours.saved == ["issue", "log", "task"]
    assert outcome(report) == "incomplete"


async def test_what_port_did_not_answer_to_is_read_again(report: Path) -> None:
    def unanswered(reading: Reading) -> None:
        reading.refused = {("x", "1"): "503"}
        reading.unanswered = {("x", "1")}
        reading.written = 1

    ours = Integration(log=unanswered)
    await ours.sync_incremental()
    assert ours.saved == ["issue", "task"]
    assert outcome(report) == "incomplete"


async def test_a_kind_that_breaks_makes_the_run_fail_and_stops_no_other(
    report: Path,
) -> None:
    def broken(reading: Reading) -> None:
        raise RuntimeError("nobody has thought of this")

    ours = Integration(log=broken)
    await ours.sync_incremental()
    assert ours.saved == ["issue", "task"]
    assert outcome(report) == "failed"


async def test_a_run_that_can_not_sign_in_fails(report: Path) -> None:
    ours = Integration()
    ours.sign_in_error = Unavailable("down")
    with pytest.raises(Unavailable):
        await ours.sync_incremental()
    assert ours.saved == []
    assert outcome(report) == "failed"


async def test_what_is_gone_is_deleted_as_a_live_event_would(report: Path) -> None:
    def gone(reading: Reading) -> None:
        reading.gone = [{"Id": "1"}]

    ours = Integration(log=gone)
    await ours.sync_incremental()
    assert ours.manager.gone == [{"Id": "1"}]
    assert outcome(report) == "complete"
