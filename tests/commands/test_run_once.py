"""One resync whose exit status tells the truth."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Event
from typing import Any

import httpx
import pytest
from port_ocean.config.settings import IntegrationConfiguration
from pytest_httpx import HTTPXMock

from commands import port as commands_port
from commands import run_once
from commands.line import ROOT
from commands.port import NoAnswer, Port
from commands.run_once import complaint
from framework.summary import REPORT_FILE
from sandbox.company import build_company
from sandbox.company.base import jira_time
from sandbox.live import free_port
from sandbox.servers import Stands, serve
from tests import warm
from tests.api import Registration, failure, reply
from tests.test_end_to_end import SMALL

TOKEN = "OCEAN__INTEGRATION__CONFIG__ATLASSIAN_USER_TOKEN"
PATIENCE_SECONDS = 60.0


@pytest.fixture
async def stands() -> AsyncIterator[Stands]:
    async with serve(build_company(size=SMALL)) as running:
        yield running


def environment(settings: dict[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "APPLICATION__PORT": "0", **settings}


async def once(settings: dict[str, str], *options: str) -> tuple[int | None, str]:
    """Run to the end; return the exit status and all that was printed."""
    with NamedTemporaryFile() as log:
        words = (sys.executable, "-m", "commands.run_once", "--log", log.name, *options)
        status, output = await warm.run(words, environment(settings), ROOT)
    assert secrets_in(output, settings) == []
    return status, output


def secrets_in(output: str, settings: dict[str, str]) -> list[str]:
    """Return the names of the secrets that are printed."""
    secrets = ("TOKEN", "KEY", "SECRET")
    named = {n: value for n, value in settings.items() if n.endswith(secrets) and value}
    return [name for name, value in named.items() if value in output]


def outcome(output: str) -> str:
    """Return the first line of the summary, which has 40 lines at most."""
    summary = output.rpartition("\n\nkind ")[0].rpartition("\n")[2] or output
    assert len(output.partition(summary)[2].splitlines()) <= 40
    return summary


def table(output: str) -> dict[str, list[str]]:
    """Return kind -> state, read, saved, deleted, kept, refused."""
    _, _, rows = output.rpartition("\nkind ")
    words = [row.split() for row in rows.splitlines()[1:] if row[:1] != " "]
    return {name: rest for name, *rest in words if len(rest) == 6}


@pytest.mark.process
async def test_a_failed_resync_fails_the_run(stands: Stands) -> None:
    alone = {key: "" for key in stands.environment() if "OCTOPUS" in key}
    status, output = await once(stands.environment() | alone | {TOKEN: "of-last-year"})
    assert status == 1
    assert output.count("check atlassianUserEmail and atlassianUserToken") == 1
    assert "\nFailed: Jira: GET rest/api/3/myself" in output
    assert "Traceback" not in output
    assert len(output.splitlines()) < 10


@pytest.mark.process
async def test_a_verbose_incremental_run_shows_its_log_and_names_what_it_lacks(
    stands: Stands,
) -> None:
    incremental = {
        "OCEAN__INTEGRATION__INCREMENTAL_SYNC_ENABLED": "true",
        "OCEAN__INTEGRATION__INCREMENTAL_SYNC_INTERVAL": "15",
    }
    id_, issue = next(iter(stands.jira.collections["issue"].items()))
    updated = jira_time(stands.company.present())
    fields = {**issue["fields"], "updated": updated, "summary": "Just now"}
    stands.jira.put("issue", id_, {**issue, "fields": fields})
    stands.octopus.faults.add(path="/api/events", body="<html>", status=404, times=None)
    status, output = await once(stands.environment() | incremental, "--verbose")

    assert status == 3, output[-3000:]
    assert "Registering resync event listener for kind jira-issue" in output
    assert outcome(output).startswith("Incomplete, but for ")
    assert table(output)["octopus-machine"][0] == "protected"
    assert stands.port.entities["jiraIssue"][issue["key"]]["title"] == "Just now"
    saved = {kind for _, kind, _ in stands.port.state.integrations.cursors}
    assert {"jira-issue", "octopus-deployment"} <= saved
    assert not saved & {"octopus-machine", "octopus-project"}
    assert stands.port.unknown_routes == []


@pytest.mark.process
async def test_a_start_that_fails_fails_the_run(stands: Stands) -> None:
    settings = stands.environment() | {"OCEAN__RESOURCES_PATH": "/nowhere"}
    status, output = await once(settings | {"OCEAN__RUNTIME": "Saas"})
    assert status == 1
    assert "Failed: the integration ended with status 1:\n" in output
    assert "\nLog: " in output


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("BASE_URL", f"http://127.0.0.1:{free_port()}", "Port can't be reached at"),
        ("CLIENT_SECRET", "wrong", "Port refuses the credentials: check OCEAN__PORT__"),
        ("BASE_URL", "http://127.0.0.1:1", "(OCEAN__PORT__BASE_URL): "),
        ("CLIENT_SECRET", None, "(OCEAN__PORT__CLIENT_SECRET)"),
    ],
    ids=["unreachable", "refused", "no port", "not set"],
)
async def test_without_port_nothing_is_started(
    stands: Stands,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    setting: str,
    value: str | None,
    message: str,
) -> None:
    settings = stands.environment()
    settings.pop(name := f"OCEAN__PORT__{setting}")
    settings |= {name: value} if value is not None else {}
    monkeypatch.setattr(os, "environ", settings)
    monkeypatch.chdir("/")
    monkeypatch.setattr(sys, "argv", ["run_once"])
    assert await asyncio.to_thread(run_once.main) == 1
    output = capsys.readouterr().out
    assert message in output
    assert secrets_in(output, settings) == []
    assert stands.jira.faults.total == 0


@pytest.mark.process
async def test_ending_the_run_ends_the_resync_and_reports_to_port(
    stands: Stands, tmp_path: Path
) -> None:
    # From any folder, and by the interpreter itself.
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "commands.run_once", "--log", str(tmp_path / "log")),
        cwd="/",
        env=environment(stands.environment()),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while line := await process.stdout.readline():
                if line.startswith(b"jira-"):
                    process.send_signal(signal.SIGTERM)
            status = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
    assert status == 1
    state = stands.port.integrations["sandbox"]["resyncState"]["status"]
    assert state == "aborted"


STARTED = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        ({}, "no resync by this run"),
        ({"status": "completed", "lastResyncStart": None}, "no resync by this run"),
        (
            {"status": "completed", "lastResyncStart": "2026-01-01T23:59:59.999Z"},
            "no resync by this run",
        ),
        (
            {"status": "running", "lastResyncStart": "2026-01-02T00:00:01+00:00"},
            "ended as running",
        ),
        (
            {"status": "completed", "lastResyncStart": "2026-01-02T00:00:01.000Z"},
            None,
        ),
    ],
)
def test_only_a_completed_resync_of_this_run_counts(
    state: dict[str, Any], problem: str | None
) -> None:
    found = complaint(state, STARTED)
    assert found is None if problem is None else problem in str(found)


def test_a_report_that_cannot_be_written_is_told_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "nowhere" / "report.json"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["run_once"])
    monkeypatch.setenv(REPORT_FILE, str(file))

    assert run_once.main() == 1

    told = capsys.readouterr().out
    assert told.startswith("Failed: ") and str(file) in told


@pytest.mark.process
async def test_a_log_that_cannot_be_written_is_told(stands: Stands) -> None:
    status, output = await once(stands.environment(), "--log", "/nowhere/run.log")
    assert status == 1
    assert output.splitlines()[-1].startswith("Failed: ")
    assert "'/nowhere/run.log'" in output and "Traceback" not in output


PORT_URL = "https://port.test/v1"
SIGN_IN_URL = f"{PORT_URL}/auth/access_token"
INTEGRATION_URL = f"{PORT_URL}/integration/a%2Fb"


@pytest.fixture
def settings() -> IntegrationConfiguration:
    return IntegrationConfiguration(
        port={"client_id": "id", "client_secret": "hidden"},  # type: ignore[arg-type]
        integration={"identifier": "a/b", "type": "t"},  # type: ignore[arg-type]
    )


@pytest.fixture
def port(settings: IntegrationConfiguration) -> Port:
    return Port(httpx.Client(base_url=PORT_URL), settings)


def add_sign_in(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=SIGN_IN_URL, json={"accessToken": "token"})


def add_state(httpx_mock: HTTPXMock) -> None:
    known = {"_id": "integration_1", "resyncState": {"status": "s"}}
    httpx_mock.add_response(url=INTEGRATION_URL, json={"integration": known})


def test_a_short_outage_hides_nothing(
    port: Port, httpx_mock: HTTPXMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands_port, "RETRY_PAUSES_SECONDS", (0, 0))
    httpx_mock.add_response(status_code=503)
    httpx_mock.add_exception(httpx.ConnectError("refused"))
    add_sign_in(httpx_mock)
    add_state(httpx_mock)

    assert port.state_with_retries() == {"status": "s"}


def test_a_check_of_port_takes_seconds_whatever_it_waits_for(
    settings: IntegrationConfiguration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands_port, "PATIENCE_SECONDS", 0.1)
    is_over = Event()

    def wait(_: httpx.Request) -> httpx.Response:
        is_over.wait(PATIENCE_SECONDS / 12)
        return httpx.Response(503)

    with httpx.Client(base_url=PORT_URL, transport=httpx.MockTransport(wait)) as http:
        with pytest.raises(NoAnswer, match="it takes longer than"):
            Port(http, settings).check()
        is_over.set()


@pytest.mark.parametrize(
    ("url", "trouble", "message"),
    [
        (SIGN_IN_URL, reply(401), "check OCEAN__PORT__CLIENT_ID"),
        (SIGN_IN_URL, reply(html="<html>"), "isn't Port"),
        (SIGN_IN_URL, reply(json={"token": "x"}), "isn't Port"),
        (SIGN_IN_URL, failure(httpx.ReadTimeout("slow")), "can't be reached"),
        (INTEGRATION_URL, reply(500), "Port answers 500 to https://port.test/"),
    ],
)
def test_failures_of_port_are_reported_without_secrets(
    url: str, trouble: Registration, message: str, port: Port, httpx_mock: HTTPXMock
) -> None:
    if url != SIGN_IN_URL:
        add_sign_in(httpx_mock)
    trouble(httpx_mock, url=url)

    with pytest.raises(NoAnswer, match=message) as caught:
        port.state()
    assert "hidden" not in f"{caught.value!r} {caught.value.__cause__!r}"
