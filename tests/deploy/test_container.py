"""What the image holds starts, writes to one folder only, and is all that it needs."""

import asyncio
import json
import os
import re
import sys
import tomllib
from collections.abc import Mapping
from functools import partial
from pathlib import Path, PurePosixPath

import pytest

from sandbox.company import build_company
from sandbox.live import free_port
from sandbox.sail import sail, start
from sandbox.servers import serve
from sandbox.truth import compare
from tests.deploy.image import (
    ROOT,
    Instruction,
    is_ignored,
    read_dockerfile,
    read_ignored,
    somebody,
)
from tests.deploy.settings import PROJECT
from tests.test_end_to_end import SMALL
from tests.test_imports import FILES
from tests.waiting import until
from tests.warm import serving

PATIENCE_SECONDS = 60.0
# They start a debugger, and lay the repository out elsewhere.
FOR_DEVELOPERS = {Path("debug.py"), Path("commands/upstream.py")}
LOCK = tomllib.loads((ROOT / "poetry.lock").read_text())


def final(name: str) -> list[Instruction]:
    """Return the instructions of that name in the stage that becomes the image."""
    instructions = read_dockerfile()
    last = instructions[-1].stage
    return [i for i in instructions if i.stage == last and i.name == name]


def snapshot(folder: Path) -> dict[Path, int]:
    return {path: path.lstat().st_mtime_ns for path in folder.rglob("*")}


@pytest.mark.process
async def test_the_image_sails_with_what_is_installed_and_one_writable_folder(
    sealed: Path, writable: Path, built: Path
) -> None:
    before = snapshot(sealed)
    company = build_company(size=SMALL)
    own = {
        "HOME": str(writable),
        "TMPDIR": str(writable),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OCEAN__STREAMING__LOCATION": str(writable / "streaming"),
    }
    async with serve(company) as stands:
        settings = {**stands.environment(), **own}
        voyage = await sail(
            settings,
            path=sealed,
            program=(str(built / "bin" / "ocean"), "sail", "."),
            start=partial(start, user=somebody()),
        )
        state = stands.port.integrations["sandbox"]["resyncState"]["status"]
        differences = compare(company, stands.port.entities)
        brought = stands.port.blueprints
    assert (voyage.status, state) == (0, "completed"), voyage.log[-3000:]
    assert "jiraIssue" in brought
    assert [d for d in differences if d.blueprint in brought and d.complaints] == []
    assert snapshot(sealed) == before
    programs = {path.name for path in (built / "bin").iterdir()}
    assert "ocean" in programs
    # The framework itself brings pytest.
    assert programs.isdisjoint({"pip", "poetry", "mypy", "black", "ruff"})


def test_every_module_of_the_product_is_in_the_image(app: Path) -> None:
    copied = {path.relative_to(app) for path in app.rglob("*.py")}
    assert copied == set(FILES) - FOR_DEVELOPERS
    for needed in (
        "pyproject.toml",
        ".port/spec.yml",
        ".port/resources/blueprints.json",
    ):
        assert (app / needed).is_file(), needed


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".git/config",
        ".venv/bin/python",
        "tests/test_client.py",
        "sandbox/sail.py",
        "core/__pycache__/errors.cpython-312.pyc",
        ".port/examples/jira-issue/mapping.yml",
        "deploy/helm/values.yaml",
        "demo.log",
    ],
)
def test_nothing_else_reaches_the_build(path: str) -> None:
    assert is_ignored(PurePosixPath(path), read_ignored())


def test_the_image_runs_without_rights() -> None:
    (user,) = final("USER")
    name, group = user.text.split(":")
    # A number, for Kubernetes can't tell whether a name is root's.
    assert int(name) > 0
    assert group == "0"
    (folder,) = final("RUN")
    assert f"-o {name} -g 0 -m 775 /tmp/ocean" in folder.text
    variables = dict(word.split("=", 1) for i in final("ENV") for word in i.words)
    assert variables["HOME"] == variables["TMPDIR"] == "/tmp/ocean"


def test_the_image_sails() -> None:
    (command,), (entry,) = final("CMD"), final("ENTRYPOINT")
    assert json.loads(command.text) == ["ocean", "sail"]
    assert json.loads(entry.text) == ["/app/entrypoint.sh"]
    assert os.access(ROOT / "deploy" / "entrypoint.sh", os.X_OK)


def test_the_builder_and_make_install_by_the_same_poetry() -> None:
    builds = " ".join(i.text for i in read_dockerfile() if i.stage == 0)
    make = (ROOT / "Makefile").read_text()
    pinned = re.findall(r"poetry[a-z-]*==[\d.]+", builds)
    assert sorted(pinned) == sorted(re.findall(r"poetry[a-z-]*==[\d.]+", make))
    assert len(pinned) == 2


def test_the_image_has_no_development_tools_and_no_builder() -> None:
    builds = " ".join(i.text for i in read_dockerfile() if i.stage == 0)
    assert "poetry install --only main" in builds
    copies = [i.words for i in final("COPY")]
    assert copies == [
        ["--from=builder", "/opt/venv", "/opt/venv"],
        ["--from=builder", "/app", "/app"],
    ]


def test_all_stages_start_from_one_pinned_public_image() -> None:
    base, *_ = read_dockerfile()
    image = base.text.removeprefix("PYTHON_IMAGE=")
    assert re.fullmatch(r"python:3\.12\.\d+-slim-\w+@sha256:[0-9a-f]{64}", image), image
    froms = [i.words[0] for i in read_dockerfile() if i.name == "FROM"]
    assert froms == ["${PYTHON_IMAGE}"] * 2


def test_every_step_that_asks_an_index_may_sign_in_and_keeps_no_secret() -> None:
    runs = [i.text for i in read_dockerfile() if i.name == "RUN"]
    asking = [text for text in runs if re.search(r"/(pip|poetry) install ", text)]
    assert len(asking) == 2
    mount = "--mount=type=secret,id=netrc,target=/root/.netrc "
    assert all(text.startswith(mount) for text in asking)
    # Arguments stand in the history of the image.
    named = [i.text.partition("=")[0] for i in read_dockerfile() if i.name == "ARG"]
    assert named == ["PYTHON_IMAGE", "PIP_INDEX_URL"]


def test_the_image_has_the_version_of_the_project() -> None:
    labels = dict(word.split("=", 1) for i in final("LABEL") for word in i.words)
    about = {key.rpartition(".")[2]: value for key, value in labels.items()}
    assert about["version"] == PROJECT["version"]
    assert about["licenses"] == PROJECT["license"]
    assert about["description"] == PROJECT["description"]


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_builder_needs_no_compiler(machine: str) -> None:
    def fits(wheel: str) -> bool:
        python = "cp312" in wheel or "-abi3-" in wheel or "-py3-none-" in wheel
        return "none-any" in wheel or (
            python and "manylinux" in wheel and machine in wheel
        )

    for package in LOCK["package"]:
        if "main" in package["groups"]:
            wheels = [file["file"] for file in package["files"]]
            assert any(map(fits, wheels)), f"{package['name']} has no wheel"


@pytest.mark.process
@pytest.mark.parametrize("prefix", ["", "/ocean/"])
async def test_the_health_check_waits_for_the_service(prefix: str) -> None:
    (check,) = final("HEALTHCHECK")
    command = json.loads(check.text[check.text.index("[") :])
    port = free_port()
    settings = {"APPLICATION__PORT": str(port), "OCEAN__PATH_PREFIX": prefix}
    # The service is as healthy without a resync.
    settings["OCEAN__EVENT_LISTENER"] = '{"type":"WEBHOOKS_ONLY"}'

    assert await health(command, settings) != 0
    async with (
        serve(build_company(size=SMALL)) as stands,
        serving({**stands.environment(), **settings}, port) as log,
    ):
        ready = "Uvicorn running on"
        await until(lambda: ready in log.read_text(), log, PATIENCE_SECONDS)
        assert await health(command, settings) == 0


async def health(command: list[str], settings: Mapping[str, str]) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command[1:], env=settings, stderr=asyncio.subprocess.DEVNULL
    )
    return await process.wait()
