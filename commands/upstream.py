"""Lay this integration out as a folder of Ocean's repository: `make upstream DEST=…`.

Takes the committed files, leaves out what that repository provides, links its Makefile,
and puts the stand-ins below `tests/`, which its images leave out. DEST is new, or
empty, or `integrations/jira-octopus` in a checkout of
https://github.com/port-labs/ocean; there, the files that are committed are replaced.
"""

import re
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path

from commands.line import ROOT, command

OWN_FOLDER = Path("integrations", "jira-octopus")
# Every integration links it, seen from its own folder.
MAKEFILE = Path("..", "_infra", "Makefile")
# Its images have a whole folder but what is below `tests`. The link is not there then.
STAND_INS, STAND_INS_THERE = Path("sandbox"), Path("tests", "stand_ins")
# What the other integrations call it.
SPEC, SPEC_THERE = "spec.yml", "spec.yaml"
LEFT_OUT = (
    # Ocean has its own.
    *(".ci", ".dockerignore", ".python-version", "Dockerfile", "LICENSE", "Makefile"),
    # They belong to our image or our Makefile.
    "deploy/entrypoint.sh",
    "tests/deploy/conftest.py",
    "tests/deploy/image.py",
    "tests/deploy/test_container.py",
    "tests/deploy/test_entrypoint.py",
    "tests/deploy/test_image_probe.py",
    "tests/test_documented_commands.py",
    # It has no use there.
    "commands/upstream.py",
    "tests/commands/test_upstream.py",
)
# The targets that Ocean's Makefile lacks, and what ours run.
COMMANDS = {
    "demo": "python -m sandbox demo",
    "bench": "python -m sandbox.bench",
    "probe": "python -m commands.probe",
    "docs": "python -m sandbox reference",
    "once": "python -m commands.run_once",
    "resources": "python -m commands.resources",
    "actions": "python -m commands.actions",
    "unregister": "python -m commands.unregister",
    "check": "python -m pytest -m 'not process'",
    "coverage": "python -m pytest --cov --cov-branch",
    "soak": "python -m tests.live_events.soak",
}
# What follows in CONTRIBUTING.md is about how to get there.
HERE_ONLY = "\n## Into Ocean's repository\n"
# Variables that have no value.
SWITCH = re.compile("(KEEP|LIVE|OURS|UPDATE|YES)=1")
IN_PAGE = re.compile(
    rf"(^|`)make ({'|'.join(COMMANDS)})\b((?: [A-Z]+=[^\s`]+)*)", flags=re.M
)


def without_our_makefile(text: str) -> str:
    """Return a page with the commands behind our own targets of make."""
    return IN_PAGE.sub(_command, text.partition(HERE_ONLY)[0])


def _command(found: re.Match[str]) -> str:
    before, target, variables = found.groups()
    variables = SWITCH.sub(lambda name: f"--{name[1].lower()}", variables)
    options = re.sub("([A-Z]+)=", lambda name: f"--{name[1].lower()} ", variables)
    return f"{before}.venv/bin/{COMMANDS[target]}{options}"


def lay_out(repository: Path, destination: Path) -> None:
    """Write what is committed in a repository, as Ocean keeps it, to a folder."""
    _make_room(destination)
    left_out = [f":(exclude){path}" for path in LEFT_OUT]
    archive = _git(repository, "archive", "HEAD", "--", ".", *left_out)
    destination.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(destination, filter="data")
        names = [Path(name) for name in files.getnames()]
    for file in (destination / n for n in names if n.suffix in (".md", ".py")):
        text = file.read_text("utf-8").replace(SPEC, SPEC_THERE)
        told = without_our_makefile(text) if file.suffix == ".md" else text
        file.write_text(told, "utf-8")
    for file in (destination / n for n in names if n.name == SPEC):
        file.rename(file.with_name(SPEC_THERE))
    if STAND_INS in names:
        (destination / STAND_INS).rename(destination / STAND_INS_THERE)
        (destination / STAND_INS).symlink_to(STAND_INS_THERE)
    (destination / "Makefile").symlink_to(MAKEFILE)


def _make_room(destination: Path) -> None:
    """Empty our folder of an Ocean checkout; refuse any other one that has files."""
    if not destination.exists() or not any(destination.iterdir()):
        return
    own = destination.parts[-2:] == OWN_FOLDER.parts
    if not own or not (destination / MAKEFILE).is_file():
        sys.exit(f"{destination} is not empty, and not {OWN_FOLDER} of Ocean.")
    if _git(destination, "status", "--porcelain", "--", "."):
        sys.exit(f"{destination} has changes: commit them or remove them first.")
    _git(destination, "rm", "-r", "--quiet", "--ignore-unmatch", "--", ".")


def _git(folder: Path, *arguments: str) -> bytes:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True)
    if done.returncode:
        sys.exit(done.stderr.decode())
    return done.stdout


if __name__ == "__main__":
    statuses = {0: "it is laid out", 1: "it is not; the reason is printed"}
    parser = command("upstream", __doc__, statuses, "")
    parser.add_argument("destination", type=Path, metavar="DEST")
    lay_out(ROOT, parser.parse_args().destination.resolve())
