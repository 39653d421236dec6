"""One resync whose exit status tells the truth."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from port_ocean.config.settings import IntegrationConfiguration

import run_once
from run_once import ROOT, NoAnswer, Port, complaint
from sandbox.company import build_company
from sandbox.live import free_port
from sandbox.servers import Stands, serve
from tests.test_end_to_end import SMALL

TOKEN = "OCEAN__INTEGRATION__CONFIG__ATLASSIAN_USER_TOKEN"
PATIENCE_SECONDS = 60.0


@pytest.fixture
async def stands() -> AsyncIterator[Stands]:
    async with serve(build_company(size=SMALL)) as running:
        yield running


async def start(settings: dict[str, str]) -> asyncio.subprocess.Process:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "run_once.py"),
        cwd="/",
        env={**kept, "APPLICATION__PORT": "0", **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def once(settings: dict[str, str]) -> tuple[int | None, str]:
    """Run to the end; return the exit status and all that was printed."""
    process = await start(settings)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            output = (await process.communicate())[0].decode()
    finally:
        if process.returncode is None:
            process.kill()
    for name, value in settings.items():
        if value and name.endswith(("TOKEN", "KEY", "SECRET")):
            assert value not in output, f"{name} is printed"
    return process.returncode, output


def table(output: str) -> dict[str, list[str]]:
    """Return kind -> state, read, saved, failed."""
    _, _, rows = output.rpartition("\nkind ")
    words = [row.split() for row in rows.splitlines()[1:]]
    return {name: rest for name, *rest in words if len(rest) == 4}


async def test_a_good_run_tells_what_came_of_each_kind(stands: Stands) -> None:
    # What a server is told, in the same file of settings, is not for this run.
    listener = "OCEAN__EVENT_LISTENER__"
    server = {f"{listener}TYPE": "POLLING", f"{listener}SHOULD_RESYNC": "false"}
    status, output = await once(stands.environment() | server)
    assert status == 0, output[-3000:]
    assert output.endswith("The resync completed.\n")
    rows, entities = table(output), stands.port.entities
    for kind, blueprint in [
        ("jira-sprint", "jiraSprint"),
        ("octopus-deployment", "octopusDeployment"),
    ]:
        number = len(entities[blueprint])
        assert rows[kind] == ["completed", str(number), str(number), "0"]
    assert stands.port.unknown_routes == []


async def test_a_failed_resync_fails_the_run(stands: Stands) -> None:
    status, output = await once(stands.environment() | {TOKEN: "of-last-year"})
    assert status == 1
    assert "check atlassianUserEmail and atlassianUserToken" in output
    assert output.endswith("the resync ended as failed; the log above says why\n")
    assert table(output)["jira-issue"] == ["pending", "0", "0", "0"]


async def test_a_run_without_a_resync_is_no_success(stands: Stands) -> None:
    # It runs and ends well, but it is no resync.
    incremental = {"OCEAN__INTEGRATION__INCREMENTAL_SYNC_ENABLED": "true"}
    status, output = await once(stands.environment() | incremental)
    assert status == 1
    assert "Port has no counts of this run yet." in output
    assert output.endswith("Failed: Port knows of no resync by this run\n")


async def test_a_start_that_fails_fails_the_run(stands: Stands) -> None:
    status, output = await once(stands.environment() | {TOKEN: ""})
    assert status == 1
    assert "Jira is configured by half: set atlassianUserToken" in output
    assert output.endswith("Failed: ocean sail ended with status 1\n")


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("BASE_URL", f"http://127.0.0.1:{free_port()}", "Port can't be reached at"),
        ("CLIENT_SECRET", "", "Port refuses the credentials: check OCEAN__PORT__"),
        ("CLIENT_SECRET", None, "Settings: port.client_secret: Field required"),
    ],
    ids=["unreachable", "refused", "not set"],
)
async def test_without_port_nothing_is_started(
    stands: Stands, setting: str, value: str | None, message: str
) -> None:
    settings = stands.environment()
    settings.pop(name := f"OCEAN__PORT__{setting}")
    settings |= {name: value} if value is not None else {}
    status, output = await once(settings)
    assert status == 1
    assert message in output
    assert "Traceback" not in output
    assert stands.jira.faults.total == 0


async def test_ending_the_run_ends_the_resync_and_tells_port(stands: Stands) -> None:
    process = await start(stands.environment())
    assert process.stdout
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while line := await process.stdout.readline():
                if b"Starting processing resource" in line:
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


def port(*replies: httpx.Response | Exception) -> Port:
    """Return a Port that gives these replies, one after the other."""
    waiting = list(replies)

    def reply(_: httpx.Request) -> httpx.Response:
        if isinstance(given := waiting.pop(0), Exception):
            raise given
        return given

    transport = httpx.MockTransport(reply)
    http = httpx.Client(base_url="https://port.test/v1", transport=transport)
    settings = IntegrationConfiguration(
        port={"client_id": "id", "client_secret": "hidden"},  # type: ignore[arg-type]
        integration={"identifier": "a/b", "type": "t"},  # type: ignore[arg-type]
    )
    return Port(http, settings)


def answer(**parts: Any) -> httpx.Response:
    return httpx.Response(200, json=parts)


SIGNED_IN = answer(accessToken="token")
KNOWN = answer(integration={"_id": "integration_1", "resyncState": {"status": "s"}})


def test_a_short_outage_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_once, "PAUSES_SECONDS", (0, 0))
    outage = (httpx.Response(503), httpx.ConnectError("refused"))
    found = port(*outage, SIGNED_IN, KNOWN, answer(data=[])).patient_report()
    assert found.state == {"status": "s"}


def test_a_role_that_may_not_read_counts_is_enough() -> None:
    assert port(SIGNED_IN, KNOWN, httpx.Response(403)).report().kinds == []


@pytest.mark.parametrize(
    ("replies", "message"),
    [
        ([httpx.Response(401)], "check OCEAN__PORT__CLIENT_ID"),
        ([SIGNED_IN, httpx.Response(500)], "Port answers 500 to https://port.test/"),
        ([httpx.Response(200, html="<html>")], "isn't Port"),
        ([answer(token="x")], "isn't Port"),
        ([httpx.ReadTimeout("slow")], "can't be reached"),
    ],
)
def test_what_port_fails_to_tell_is_said_without_secrets(
    replies: list[httpx.Response | Exception], message: str
) -> None:
    with pytest.raises(NoAnswer, match=message) as caught:
        port(*replies).report()
    assert "hidden" not in f"{caught.value!r} {caught.value.__cause__!r}"
