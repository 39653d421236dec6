"""A copy of what the image holds, with the rights that it has there."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.image import copy_app, somebody


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
