"""`make demo` succeeds, and the README's picture of it shows what it shows today."""

import asyncio
import html
import os
import re
import runpy
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from sandbox.live import free_port
from sandbox.servers import LOOPBACK

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
# Resyncs and live events on a busy machine; it takes half a minute on an idle one.
TIMEOUT_SECONDS = 180.0


def shown_in(picture: Path) -> str:
    """Return the words of a picture, without the times and counts that vary."""
    found = re.findall(r"<text[^>]*>([^<]*)</text>", picture.read_text("utf-8"))
    words = " ".join(html.unescape(text) for text in found).split()
    text = " ".join(words)
    varying = r"(?<=(?:Jira|ploy|Port) )\d+(?=[,.])|[\d,]+ ms|[\d.]+ s,"
    return re.sub(varying, "some", text)


async def start(*arguments: str) -> asyncio.subprocess.Process:
    """Start `python -m sandbox` as `make docs` does."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", *arguments),
        cwd=ROOT,
        env={**kept, "COLUMNS": "90"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


@asynccontextmanager
async def ending(process: asyncio.subprocess.Process) -> AsyncIterator[None]:
    """Let no process outlive a test, nor a test its patience."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            yield
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def three_free_ports() -> int:
    """Return the first of three ports in a row that nobody has."""
    while True:
        first = free_port()
        with suppress(OSError), ExitStack() as taken:
            for port in (first, first + 1, first + 2):
                taken.enter_context(socket.create_server((LOOPBACK, port)))
            return first


async def test_the_stand_ins_are_served_where_the_printed_settings_lead() -> None:
    port = three_free_ports()
    process = await start("serve", "--port", str(port))
    assert process.stdout
    async with ending(process), httpx.AsyncClient() as http:
        settings: dict[str, str] = {}
        while "OCEAN__CACHING_STORAGE_MODE" not in settings:  # the last one
            line = (await process.stdout.readline()).decode()
            assert line, f"it has ended, after {settings}"
            name, _, value = line.strip().partition("=")
            settings[name] = value
        own = "OCEAN__INTEGRATION__CONFIG__"
        root = await http.get(f"{settings[f'{own}OCTOPUS_SERVER_URL']}/api")

    assert root.json()["Application"] == "Octopus Deploy"
    assert settings.keys() > {"OCEAN__PORT__BASE_URL", f"{own}JIRA_HOST"}
    assert settings[f"{own}JIRA_HOST"] == f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("port", ["70000", "65534", "-1", "1x"])
def test_a_port_that_cannot_be_used_is_told_in_a_line(
    port: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["sandbox", "serve", f"--port={port}"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("sandbox", run_name="__main__")

    assert ended.value.code == 2
    assert "is not within 0-65533" in capsys.readouterr().err.splitlines()[-1]


async def test_the_demo_succeeds_and_the_picture_is_up_to_date(tmp_path: Path) -> None:
    picture = tmp_path / "demo.svg"
    process = await start("demo", "--svg", str(picture))
    async with ending(process):
        output, _ = await process.communicate()

    assert process.returncode == 0, output.decode()
    kept = ROOT / "docs" / "demo.svg"
    assert "The catalog is what Jira and Octopus Deploy hold." in shown_in(kept)
    assert shown_in(picture) == shown_in(kept), "run make docs"
