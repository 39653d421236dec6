"""What is laid out for Ocean's repository passes the checks of Ocean's own Makefile.

They are those of `run_checks` in `integrations/_infra/Makefile` of port-labs/ocean, but
for mypy and black, which take half a minute each on a new folder. `make lint` runs them
on the same files with the same settings, and no file that is laid out imports one that
is not.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from commands.line import ROOT
from commands.upstream import (
    COMMANDS,
    LEFT_OUT,
    MAKEFILE,
    OWN_FOLDER,
    STAND_INS,
    STAND_INS_THERE,
    lay_out,
    without_our_makefile,
)
from tests.test_imports import imported_modules

pytestmark = pytest.mark.process

CHECKS = ("poetry check", "ruff check .", "yamllint .")
# Of Ocean's Makefile.
TARGETS = {"install", "lint", "run", "test", "clean"}
COMMIT = ("-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-qm", "All")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def repository(folder: Path, files: dict[str, str]) -> Path:
    """Make a repository in which files are committed."""
    folder.mkdir()
    git(folder, "init", "--quiet")
    commit(folder, files)
    return folder


def commit(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", ".")
    git(folder, *COMMIT)


@pytest.fixture
def own_folder(tmp_path: Path) -> Path:
    """Return our folder in something like a checkout of Ocean, with an old release."""
    files = {
        "integrations/_infra/Makefile": "lint:\n",
        f"{OWN_FOLDER}/.gitignore": ".venv/\n",
        f"{OWN_FOLDER}/main": "old",
        f"{OWN_FOLDER}/old": "of the last release",
    }
    return repository(tmp_path / "ocean", files) / OWN_FOLDER


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return our committed files as Ocean keeps them."""
    if not (ROOT / ".git").exists():
        pytest.skip("only a clone knows what is committed")
    folder = tmp_path_factory.mktemp("upstream") / OWN_FOLDER
    lay_out(ROOT, folder)
    return folder


@pytest.mark.parametrize("check", CHECKS)
def test_the_checks_of_ocean_pass(tree: Path, check: str) -> None:
    program, *arguments = check.split()
    folder = ROOT / ".tools/bin" if program == "poetry" else Path(sys.executable).parent
    if not (folder / program).exists():
        pytest.skip(f"{program} is not in {folder}, where make puts it")
    done = subprocess.run(
        [str(folder / program), *arguments],
        cwd=tree,
        env={"PATH": os.environ["PATH"], "HOME": str(tree)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_that_is_laid_out_imports_what_is_not(tree: Path) -> None:
    left_out = {
        ".".join(Path(name).with_suffix("").parts)
        for name in LEFT_OUT
        if name.endswith(".py")
    }
    found = [source_of(path.relative_to(tree)) for path in tree.rglob("*.py")]
    assert Path("main.py") in found
    for path in found:
        modules = {m for name in imported_modules(path) for m in (name, parent(name))}
        assert not modules & left_out, path


def source_of(path: Path) -> Path:
    """Return where a file that is laid out comes from."""
    there = path.is_relative_to(STAND_INS_THERE)
    return STAND_INS / path.relative_to(STAND_INS_THERE) if there else path


def parent(module: str) -> str:
    return module.rpartition(".")[0]


def test_ocean_provides_what_is_left_out(tree: Path) -> None:
    assert not [name for name in LEFT_OUT if (tree / name).is_file()]
    assert all((ROOT / name).exists() for name in LEFT_OUT)
    assert (tree / "Makefile").readlink() == MAKEFILE


def test_the_stand_ins_are_where_the_images_of_ocean_leave_them_out(tree: Path) -> None:
    # `**/tests` of integrations/_infra/Dockerfile.dockerignore.
    assert (tree / "sandbox").readlink().parts[0] == "tests"
    assert (tree / "sandbox/facts.yml").is_file()
    product = [path for path in tree.iterdir() if not path.is_symlink()]
    assert not [path for path in product if path.name in ("sandbox", "Makefile")]


def test_the_spec_has_the_name_that_ocean_looks_for(tree: Path) -> None:
    assert [path.name for path in tree.glob(".port/spec.*")] == ["spec.yaml"]
    pages = [*tree.rglob("*.md"), *tree.rglob("*.py")]
    assert not [path for path in pages if "spec.yml" in path.read_text("utf-8")]


def test_pages_name_no_target_that_the_makefile_of_ocean_lacks(tree: Path) -> None:
    pages = [path.read_text("utf-8") for path in tree.rglob("*.md")]
    found = re.findall(r"(?:^|`)make ([a-z/]+)", "\n".join(pages), flags=re.M)
    assert {*found} <= TARGETS
    assert any(COMMANDS["demo"] in page for page in pages)


def test_files_that_the_pages_name_are_laid_out(tree: Path) -> None:
    for page in tree.rglob("*.md"):
        for name in re.findall(r"`(\w+/[\w/]+\.py)`", page.read_text("utf-8")):
            assert (tree / name).exists(), (page, name)


def test_variables_of_make_become_options() -> None:
    ours = (
        "See `make bench SIZE=large LIVE=1 OURS=1`, as here.\nmake demo\n"
        "make actions YES=1 UPDATE=1\n"
    )
    theirs = (
        "See `.venv/bin/python -m sandbox.bench --size large --live --ours`, as here.\n"
        ".venv/bin/python -m sandbox demo\n"
        ".venv/bin/python -m commands.actions --yes --update\n"
    )
    assert without_our_makefile(ours) == theirs


def test_only_what_is_committed_is_laid_out(tmp_path: Path) -> None:
    source = repository(tmp_path / "source", {"main": "committed"})
    (source / "main").write_text("changed")
    (source / ".env").write_text("secret")
    lay_out(source, tmp_path / "target")
    assert (tmp_path / "target/main").read_text() == "committed"
    names = {path.name for path in (tmp_path / "target").iterdir()}
    assert names == {"main", "Makefile"}


def test_a_folder_with_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    with pytest.raises(SystemExit, match="is not empty"):
        lay_out(ROOT, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


def test_our_folder_of_ocean_is_brought_up_to_date(
    tmp_path: Path, own_folder: Path
) -> None:
    source = repository(tmp_path / "source", {"main": "new"})
    environment = own_folder / ".venv/python"
    environment.parent.mkdir()
    environment.touch()
    lay_out(source, own_folder)
    assert {p.name for p in own_folder.iterdir()} == {"main", "Makefile", ".venv"}
    assert (own_folder / "main").read_text() == "new"
    assert environment.exists()


def test_changes_in_our_folder_of_ocean_are_not_lost(own_folder: Path) -> None:
    (own_folder / "main").write_text("changed there")
    with pytest.raises(SystemExit, match="has changes"):
        lay_out(ROOT, own_folder)
    assert (own_folder / "main").read_text() == "changed there"
