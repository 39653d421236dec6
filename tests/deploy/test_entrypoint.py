"""What the image runs first."""

import os
import subprocess
import sys
from pathlib import Path

import certifi
import pytest

from tests.deploy.image import entrypoint

pytestmark = pytest.mark.process
SINGLE = "python -m commands.run_once --verbose"


@pytest.mark.parametrize("mounted", [0, 2])
def test_mounted_certificates_are_trusted_besides_the_usual_ones(
    tmp_path: Path, mounted: int
) -> None:
    end = "-----END CERTIFICATE-----"
    usual, *others = Path(certifi.where()).read_text().split(end)[: mounted + 1]
    (tmp_path / "usual.crt").write_text((usual + end).strip())
    folder = tmp_path / "mounted"
    folder.mkdir()
    for number, certificate in enumerate(others):
        # Without a line break at the end.
        (folder / f"{number}.crt").write_text((certificate + end).strip())
    program = "import httpx; print(len(httpx.create_ssl_context().get_ca_certs()))"

    run = subprocess.run(
        [*entrypoint(folder, tmp_path), sys.executable, "-c", program],
        env={"SSL_CERT_FILE": str(tmp_path / "usual.crt"), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )

    assert (run.returncode, run.stdout.strip()) == (0, str(1 + mounted)), run.stderr


def test_without_a_writable_folder_it_runs_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    start = entrypoint(tmp_path, tmp_path / "file")

    run = subprocess.run([*start, "echo", "sailing"], capture_output=True, text=True)

    assert (run.returncode, run.stdout, run.stderr) == (0, "sailing\n", "")


@pytest.mark.parametrize(
    ("environment", "command"),
    [
        ({"OCEAN__EVENT_LISTENER": '{"type":"ONCE"}'}, SINGLE),
        ({"OCEAN__EVENT_LISTENER__TYPE": "ONCE"}, SINGLE),
        ({"OCEAN__EVENT_LISTENER__TYPE": "POLLING"}, "python -m commands.start"),
        ({}, "python -m commands.start"),
    ],
)
def test_a_single_run_tells_by_its_status_how_it_ended(
    tmp_path: Path, environment: dict[str, str], command: str
) -> None:
    for name in ("ocean", "python"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho {name} "$@"\n')
        program.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"

    run = subprocess.run(
        [*entrypoint(tmp_path, tmp_path), "ocean", "sail"],
        env={"PATH": path, **environment},
        capture_output=True,
        text=True,
    )

    assert (run.returncode, run.stdout.strip()) == (0, command), run.stderr
