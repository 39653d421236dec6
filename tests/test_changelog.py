"""The changelog has the form that Ocean's validator accepts, and tells of this version.

The rules are those of `scripts/validate_changelog.py` in port-labs/ocean.
"""

import re
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINES = (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
VERSION: str = PROJECT["poetry"]["version"]
TYPES = {each["directory"]: each["name"] for each in PROJECT["towncrier"]["type"]}
RELEASE = re.compile(r"## (\d+\.\d+\.\d+(?:-[a-zA-Z0-9.]+)?) \(\d{4}-\d{2}-\d{2}\)")
# A release is read in a minute.
MAX_ENTRIES = 15

type Block = tuple[str, int]


def blocks(lines: list[str]) -> list[Block]:
    """Return the lines that have text, each with the number of blank ones below it."""
    found: list[Block] = []
    for line in lines:
        if line.strip():
            found.append((line, 0))
        elif found:
            text, blank = found[-1]
            found[-1] = text, blank + 1
    return found


def releases() -> list[list[Block]]:
    """Return the blocks of each release, the newest first."""
    found: list[list[Block]] = []
    for block in blocks(LINES):
        if block[0].startswith("## "):
            found.append([])
        if found:
            found[-1].append(block)
    return found


EACH = pytest.mark.parametrize("release", releases(), ids=lambda r: r[0][0])


def test_the_newest_release_is_this_version() -> None:
    newest, *_ = releases()
    found = RELEASE.fullmatch(newest[0][0])
    assert found
    assert found[1] == VERSION


@EACH
def test_headings_and_blank_lines_are_as_ocean_wants_them(release: list[Block]) -> None:
    (title, below), *rest = release
    assert RELEASE.fullmatch(title)
    assert below == 2
    assert rest[0][0].startswith("### ")
    for text, blank in rest:
        if text.startswith("#"):
            assert text.removeprefix("### ") in TYPES.values()
            assert blank == 1, text


@EACH
def test_no_section_is_empty(release: list[Block]) -> None:
    texts = [text for text, _ in release[1:]]
    assert texts[-1].startswith("- ")
    assert not [a for a, b in pairwise(texts) if a[0] == b[0] == "#"]


def test_releases_are_apart() -> None:
    assert all(release[-1][1] == 2 for release in releases()[:-1])


@EACH
def test_a_release_is_read_in_a_minute(release: list[Block]) -> None:
    entries = [text for text, _ in release[1:] if not text.startswith("#")]
    assert all(entry.startswith("- ") for entry in entries)
    assert len(entries) <= MAX_ENTRIES


@pytest.mark.process
@pytest.mark.parametrize("kind", TYPES)
def test_a_fragment_becomes_an_entry(tmp_path: Path, kind: str) -> None:
    for name in ("pyproject.toml", "CHANGELOG.md"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "changelog").mkdir()
    (tmp_path / "changelog" / f"+anything.{kind}.md").write_text("A change\n")
    program = [
        sys.executable,
        "-m",
        "towncrier",
        "build",
        "--draft",
        "--version",
        "next",
    ]
    done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"### {TYPES[kind]}\n\n- A change\n" in done.stdout


def test_fragments_have_a_known_type() -> None:
    for path in (ROOT / "changelog").glob("*.md"):
        assert path.suffixes[-2].removeprefix(".") in TYPES, path.name


def test_the_image_has_the_version() -> None:
    dockerfile = ROOT / "Dockerfile"
    if not dockerfile.exists():
        pytest.skip("Ocean's repository builds the image by its own")
    label = f'org.opencontainers.image.version="{VERSION}"'
    assert label in dockerfile.read_text("utf-8")
