"""Every command of the documentation is run by a test, or can't be, and says why."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.deploy.settings import IMAGE
from tests.test_documents import PAGES, ROOT

MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = re.findall(r"^([a-z]+):", MAKEFILE, flags=re.M)
# What make would have to install first is taken for installed.
INSTALLED = ["-o", ".tools/.done", "-o", ".venv/.main", "-o", ".venv/.dev"]

# A target of make, the command behind it, and the test that runs just that.
RUN = {
    "demo": ("python -m sandbox demo", "sandbox/test_demo.py::test_the_demo_succeeds"),
    "bench": ("python -m sandbox.bench", "sandbox/test_bench.py::test_both_paths"),
    "probe": ("python -m probe", "test_probe_end_to_end.py::test_a_good_start"),
    "docs": (
        "python -m sandbox reference",
        "sandbox/test_reference.py::test_a_written",
    ),
    "run": ("ocean sail .", "test_end_to_end.py::test_resyncs_bring_everything"),
    "once": ("python run_once.py", "test_run_once.py::test_a_good_run"),
    "unregister": ("python unregister.py", "test_live_events.py::test_what_no_event"),
}
# Commands that make has no target for.
RUN_ALONE = {"python -m sandbox serve": "sandbox/test_demo.py::test_the_stand_ins"}
# The same in an image, which has the same files: tests/deploy starts a copy of them.
IN_IMAGE = {"python -m probe", "python run_once.py", "python unregister.py"}
# What no test runs, and why.
NOT_RUN = {
    "make test": "it is what runs this; CI runs it on a clean clone",
    "make lint": "CI runs it on a clean clone",
    "cp": "its files are looked for",
    "docker": "needs Docker's engine; tests/deploy does by hand what the image would",
    "helm": "needs a cluster and the chart; tests/deploy checks the values and keys",
    "kubectl": "needs a cluster",
}
# What `docker run --help` and the like offered on 2026-11-26, as far as it is used.
FLAGS = {
    "docker build": {"--tag", "--build-arg"},
    "docker run": {
        *("--rm", "--env-file", "--env", "--detach", "--name", "--restart", "--volume"),
        *("--publish", "--read-only", "--tmpfs", "--cap-drop", "--security-opt"),
    },
    "helm repo": set(),
    "helm upgrade": {
        *("--install", "--version", "--namespace", "--create-namespace", "--values"),
        *("--set", "--set-string"),
    },
    "kubectl create": {
        *("--namespace", "--from-env-file", "--from-literal", "--from-file"),
        *("--docker-server", "--docker-username", "--docker-password"),
    },
    "kubectl exec": {"--namespace"},
}


def in_blocks(text: str) -> Iterator[str]:
    """Yield the commands of a page's blocks, one a line."""
    for block in re.findall(r"^```console\n(.*?)^```", text, flags=re.M | re.S):
        yield from filter(None, block.replace("\\\n", " ").splitlines())


def in_lines(text: str) -> Iterator[str]:
    """Yield what is told to be run in the middle of a sentence."""
    program = "make|python|ocean|docker|helm|kubectl"
    yield from re.findall(rf"`(?:\.venv/bin/)?((?:{program}) [^`]+)`", text)


def commands() -> Iterator[tuple[str, list[str]]]:
    for page in PAGES:
        text = page.read_text("utf-8")
        for command in dict.fromkeys((*in_blocks(text), *in_lines(text))):
            yield page.name, shlex.split(command, comments=True)


ALL = list(commands())
EACH = pytest.mark.parametrize(
    ("page", "words"),
    ALL,
    ids=[f"{page}: {' '.join(words)[:40]}" for page, words in ALL],
)


def of(*programs: str) -> pytest.MarkDecorator:
    chosen = [words for _, words in ALL if words[0] in programs]
    assert chosen, programs
    return pytest.mark.parametrize("words", chosen, ids=lambda words: " ".join(words))


@EACH
def test_a_command_is_run_by_a_test_or_has_a_reason(
    page: str, words: list[str]
) -> None:
    program, *rest = words
    start = f"{program} {rest[0]}" if rest else program
    by_test = program == "make" and rest[0] in RUN
    same = {*RUN_ALONE, *(command for command, _ in RUN.values())}
    in_same = any(command.startswith(" ".join(words)) for command in same)
    assert by_test or in_same or NOT_RUN.get(start) or NOT_RUN.get(program), words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_are_marked_as_such(page: Path) -> None:
    fences = set(re.findall(r"^```(\w*)\n", page.read_text("utf-8"), flags=re.M))
    assert fences <= {"console", "text", "mermaid", "yaml", "json", ""}


@pytest.mark.parametrize("target", RUN)
def test_the_test_runs_what_make_would(target: str) -> None:
    command, where = RUN[target]
    assert command in dry_run(target)
    assert_exists(where)


@pytest.mark.parametrize("where", RUN_ALONE.values())
def test_a_command_without_a_target_has_a_test(where: str) -> None:
    assert_exists(where)


def assert_exists(where: str) -> None:
    file, _, name = where.partition("::")
    source = (ROOT / "tests" / file).read_text("utf-8")
    assert f"def {name}" in source, where


@of("make")
def test_make_knows_the_target_and_its_variables(words: list[str]) -> None:
    _, target, *variables = words
    assert target in TARGETS
    for variable in variables:
        assert f"$({variable.partition('=')[0]})" in MAKEFILE, variable
    dry_run(target, *variables)


def dry_run(*words: str) -> str:
    """Return what make would run, if everything were installed."""
    done = make(ROOT, "--dry-run", *INSTALLED, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run make as from a shell, also where another make runs the tests."""
    return subprocess.run(
        ["make", *words],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("target", ["probe", "run", "once", "unregister"])
def test_without_settings_make_installs_nothing_but_says_what_to_do(
    tmp_path: Path, target: str
) -> None:
    (tmp_path / "Makefile").write_text(MAKEFILE)
    done = make(tmp_path, target, "PYTHON=no-python")
    assert done.returncode == 2
    assert done.stdout.startswith("There is no .env: ")


def test_make_alone_tells_every_target() -> None:
    told = make(ROOT).stdout.splitlines()
    assert {line.split()[0] for line in told} == set(TARGETS)


@pytest.mark.parametrize(
    "program",
    ["-m probe", "run_once.py", "unregister.py", "-m sandbox", "-m sandbox.bench"],
)
def test_every_program_says_what_it_is_for(program: str) -> None:
    done = subprocess.run(
        [sys.executable, *program.split(), "--help"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "usage: " in done.stdout


@of("cp")
def test_copied_files_exist(words: list[str]) -> None:
    assert (ROOT / words[1]).is_file()


@of("docker", "helm", "kubectl")
def test_flags_are_known(words: list[str]) -> None:
    own = words[: words.index("--")] if "--" in words else words
    own = own[: own.index(IMAGE)] if IMAGE in own else own
    used = {word.partition("=")[0] for word in own if word.startswith("-")}
    assert used <= FLAGS[" ".join(words[:2])]


@of("docker")
def test_the_image_has_what_is_run_in_it(words: list[str]) -> None:
    if words[1] == "build":
        dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
        for word, value in pairwise(words):
            if word == "--build-arg":
                assert f"ARG {value.partition('=')[0]}" in dockerfile
        return
    run = words[words.index(IMAGE) + 1 :]
    assert not run or " ".join(run) in IN_IMAGE


@of("kubectl")
def test_what_is_run_in_a_pod_is_in_the_image(words: list[str]) -> None:
    if words[1] == "exec":
        # It has what a pod's own process got from it, such as the company's authority.
        entrypoint, *run = words[words.index("--") + 1 :]
        dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
        assert f'ENTRYPOINT ["{entrypoint}"]' in dockerfile
        assert " ".join(run) in IN_IMAGE


@of("helm")
def test_values_are_files_that_exist(words: list[str]) -> None:
    values = [v for w, v in pairwise(words) if w == "--values"]
    assert all((ROOT / value).is_file() for value in values)


@pytest.mark.parametrize("command", sorted(IN_IMAGE))
def test_what_runs_in_the_image_runs_in_tests_and_is_copied(command: str) -> None:
    assert command in {own for own, _ in RUN.values()}
    module = command.split()[-1].removesuffix(".py")
    assert f"!{module}.py" in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
