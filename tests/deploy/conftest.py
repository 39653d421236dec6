"""A copy of what the image holds, with the rights that it has there."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.image import ROOT, copy_app, read_dockerfile, somebody

TOOLS = ROOT / ".tools" / "bin"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """Return a copy of the image's /app."""
    folder = tmp_path / "app"
    copy_app(folder)
    (folder / "probe_reports").symlink_to(tmp_path / "ocean" / "probe_reports")
    return folder


@pytest.fixture
def sealed(app: Path) -> Iterator[Path]:
    """Return /app with nothing in it that may be written to."""
    everything = [p for p in (app, *app.rglob("*")) if not p.is_symlink()]
    for path in everything:
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield app
    for path in everything:
        path.chmod(0o755)


@pytest.fixture
def writable(app: Path) -> Path:
    """Return the one folder that may be written to."""
    folder = app.parent / "ocean"
    folder.mkdir()
    if (user := somebody()) is not None:
        os.chown(folder, user, 0)
        # Pytest's own folders are private.
        for parent in app.parents[:3]:
            parent.chmod(0o755)
    return folder


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Return the environment that the builder's own commands make of nothing."""
    poetry = TOOLS / "poetry"
    if not poetry.exists():
        pytest.skip("Poetry is not in .tools, where make puts it")
    empty = tmp_path / "venv"
    runs = " && ".join(i.text for i in read_dockerfile() if i.name == "RUN")
    (make,) = re.findall(r"python -m venv --without-pip /opt/venv", runs)
    (install,) = re.findall(r"VIRTUAL_ENV=/opt/venv .* --compile", runs)
    for command in (make, install):
        command = command.replace("/opt/venv", shlex.quote(str(empty)))
        command = command.replace("/opt/poetry/bin/poetry", shlex.quote(str(poetry)))
        command = re.sub(r"^python", shlex.quote(sys.executable), command)
        # One run without bytecode takes less than to compile everything.
        command = command.removesuffix(" --compile")
        subprocess.run(["sh", "-euc", command], cwd=ROOT, env=index(), check=True)
    return empty


def index() -> dict[str, str]:
    """Return this environment with the package index that pip has, as make finds it."""
    code = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    asked = [str(TOOLS / "python"), "-c", code]
    default = subprocess.run(asked, capture_output=True, text=True, check=True)
    found = os.environ.get("PIP_INDEX_URL") or default.stdout.strip()
    return {**os.environ, "PIP_INDEX_URL": found, "POETRY_NO_INTERACTION": "1"}
