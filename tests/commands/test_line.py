"""Every command has the usual help, a version, and an end without a traceback."""

import asyncio
import os
import runpy
import signal
import sys
from pathlib import Path

import pytest

from commands.line import INTERRUPTED, ROOT, command, version

COMMANDS = sorted(
    path.stem
    for path in (ROOT / "commands").glob("*.py")
    if "__main__" in path.read_text("utf-8")
)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_options_and_exit_statuses(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Other tests may have imported it; a program is run anew.
    monkeypatch.delitem(sys.modules, module := f"commands.{name}", raising=False)
    monkeypatch.setattr(sys, "argv", [module, "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(module, run_name="__main__")

    output, errors = capsys.readouterr()
    assert (ended.value.code, errors) == (0, "")
    assert f"usage: python -m {module}" in output
    assert "exit status" in output.lower()
    assert "--version" in output


def test_the_version_is_that_of_the_package(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        command("any", "Anything.", {}).parse_args(["--version"])

    assert capsys.readouterr().out.strip() == version()
    assert f'version = "{version()}"' in (ROOT / "pyproject.toml").read_text()


# The program that is interrupted here waits for a file that nobody writes to.
WAITING = """
import os, sys
from commands.line import end_with
sys.exit(end_with(lambda: print("ready", flush=True) or len(open(sys.argv[1]).read())))
"""


@pytest.mark.process
async def test_an_interruption_is_no_traceback(tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "pipe")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WAITING, str(pipe)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    await process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, told = await process.communicate()

    assert process.returncode == INTERRUPTED
    assert told == b"Interrupted.\n"


@pytest.mark.process
@pytest.mark.parametrize("module", ["commands.probe", "sandbox"])
async def test_an_interruption_of_a_start_says_nothing(
    module: str, tmp_path: Path
) -> None:
    """A module that is imported early interrupts the program that imports it."""
    (tmp_path / "rich.py").write_text("import os; os.kill(os.getpid(), 2)")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()

    assert process.returncode == -signal.SIGINT
    assert output == b""
