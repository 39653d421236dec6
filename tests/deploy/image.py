"""What `docker build` would make of the Dockerfile, as far as text can tell."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[2]
# A user that no system knows, as OpenShift would choose one.
SOMEBODY = 1_000_990_000


@dataclass(frozen=True)
class Instruction:
    """One instruction of a Dockerfile and the stage that it belongs to, from 0."""

    stage: int
    name: str
    text: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text)


def read_dockerfile() -> list[Instruction]:
    """Return all instructions; those before the first stage have the stage -1."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.M)
    found: list[Instruction] = []
    stage = -1
    for line in filter(None, text.replace("\\\n", "").splitlines()):
        name, _, rest = line.partition(" ")
        stage += name == "FROM"
        found.append(Instruction(stage, name, rest.strip()))
    return found


def read_ignored() -> list[str]:
    """Return the patterns of .dockerignore; the last one that fits decides."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def is_ignored(path: PurePosixPath, patterns: list[str]) -> bool:
    """Tell whether a path, relative to the context, stays out of it."""
    ignored = False
    # What is said of a folder holds for all that is in it.
    family = [str(each) for each in (path, *path.parents)]
    for pattern in patterns:
        expression = re.escape(pattern.removeprefix("!"))
        expression = expression.replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
        if any(re.fullmatch(expression, each) for each in family):
            ignored = not pattern.startswith("!")
    return ignored


def context(patterns: list[str]) -> Iterator[PurePosixPath]:
    """Yield the files that the build can see."""
    kept = [pattern.removeprefix("!") for pattern in patterns if pattern[0] == "!"]
    for folder, folders, files in os.walk(ROOT):
        here = PurePosixPath(Path(folder).relative_to(ROOT))
        # Without this, all of .venv would be walked through.
        folders[:] = [
            name
            for name in folders
            if not is_ignored(here / name, patterns)
            or any(each.startswith(f"{here / name}/") for each in kept)
        ]
        yield from (here / f for f in files if not is_ignored(here / f, patterns))


def copy_app(target: Path) -> None:
    """Copy what the builder's COPY lines bring to /app."""
    files = list(context(read_ignored()))
    workdir = ""
    for each in read_dockerfile():
        if each.name == "WORKDIR":
            workdir = each.text
        if each.name == "COPY" and each.stage == 0 and workdir == "/app":
            *sources, destination = each.words
            for source in map(PurePosixPath, sources):
                found = [f for f in files if f.is_relative_to(source)]
                assert found, f"COPY {source}: .dockerignore leaves nothing of it"
                for file in found:
                    place = target / destination / file.relative_to(source)
                    # Of a file, its name is left; of a folder, what is in it.
                    place = place / file.name if file == source else place
                    place.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(ROOT / file, place)


def entrypoint(mounted: Path, writable: Path) -> list[str]:
    """Return the image's entry point with folders of this machine, not its own."""
    script = (ROOT / "deploy" / "entrypoint.sh").read_text()
    script = script.replace("/usr/local/share/ca-certificates", str(mounted))
    return ["sh", "-c", script.replace("/tmp/ocean", str(writable)), "sh"]


@cache
def somebody() -> int | None:
    """Return a user without rights, if this one may and can become it."""
    if os.geteuid() != 0:
        return None
    start = [sys.executable, "-c", "import port_ocean"]
    try:
        can = subprocess.run(start, user=SOMEBODY, group=0, extra_groups=[], env={})
    except PermissionError:  # the interpreter is in a private folder
        return None
    return SOMEBODY if can.returncode == 0 else None
