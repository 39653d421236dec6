"""Every command of the documentation is run by a test, or can't be, and says why."""

import os
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path, PurePosixPath

import pytest

from tests.deploy.image import is_ignored, read_ignored
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
    "probe": (
        "python -m commands.probe",
        "commands/test_probe_end_to_end.py::test_a_good_start",
    ),
    "docs": (
        "python -m sandbox reference",
        "sandbox/test_reference.py::test_a_written",
    ),
    "run": (
        "python -m commands.start",
        "commands/test_start.py::test_a_good_start",
    ),
    "once": (
        "python -m commands.run_once",
        "commands/test_repeated_runs.py::test_a_good_run",
    ),
    "resources": (
        "python -m commands.resources",
        "commands/test_resources.py::test_the_command",
    ),
    "actions": (
        "python -m commands.actions",
        "commands/test_actions.py::test_the_command",
    ),
    "unregister": (
        "python -m commands.unregister",
        "live_events/test_end_to_end.py::test_missed_events",
    ),
    "soak": (
        "python -m tests.live_events.soak",
        "live_events/test_soak.py::test_a_campaign",
    ),
    "upstream": (
        "python -m commands.upstream",
        "commands/test_upstream.py::test_our_folder_of_ocean",
    ),
}
# Commands that make has no target for.
RUN_ALONE = {
    "ocean sail .": "test_end_to_end.py::test_resyncs_bring_everything",
    "python -m sandbox serve --port 5001": "sandbox/test_demo.py::test_the_stand_ins",
    "python -m commands.unregister --address https://former.example.com": (
        "live_events/test_end_to_end.py::test_missed_events"
    ),
}
# The same in an image, which has the same files: tests/deploy starts a copy of them.
IN_IMAGE = {
    "python -m commands.probe",
    "python -m commands.run_once",
    "python -m commands.resources",
    "python -m commands.actions",
    "python -m commands.unregister",
}
# What no test runs, and why.
NOT_RUN = {
    "make test": "it is what runs this; CI runs it on a clean clone",
    "make check": "it runs a part of what make test does",
    "make coverage": "it runs what make test does",
    "make lint": "CI runs it on a clean clone",
    "cp": "its files are looked for",
    "docker": "needs Docker's engine; tests/deploy does by hand what the image would",
    "helm": "needs a cluster and the chart; tests/deploy checks the values and keys",
    "kubectl": "needs a cluster",
}
# What `docker run --help` and the like offered on 2026-11-26, as far as it is used.
FLAGS = {
    "docker build": {"--tag", "--build-arg", "--secret"},
    "docker run": {
        *("--rm", "--env-file", "--env", "--detach", "--name", "--restart", "--volume"),
        *("--publish", "--read-only", "--tmpfs", "--cap-drop", "--security-opt"),
        *("--interactive", "--tty"),
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
    "kubectl rollout": {"--namespace", "--selector"},
    "kubectl exec": {"--namespace", "--stdin", "--tty"},
    "kubectl logs": {"--namespace"},
}


def in_blocks(text: str) -> Iterator[str]:
    """Yield the commands of a page's blocks, one a line."""
    for block in re.findall(r"^```console\n(.*?)^```", text, flags=re.M | re.S):
        yield from filter(None, block.replace("\\\n", " ").splitlines())


def in_lines(text: str) -> Iterator[str]:
    """Yield the commands that a page names in the middle of a sentence."""
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


@pytest.mark.process
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


@pytest.mark.process
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


@pytest.mark.process
@pytest.mark.parametrize(
    "target", ["probe", "run", "once", "resources", "actions", "unregister"]
)
def test_without_settings_make_installs_nothing_but_says_what_to_do(
    tmp_path: Path, target: str
) -> None:
    (tmp_path / "Makefile").write_text(MAKEFILE)
    done = make(tmp_path, target, "PYTHON=no-python")
    assert done.returncode == 2
    assert done.stdout.startswith("There is no .env: ")


@pytest.mark.process
def test_make_alone_lists_every_target() -> None:
    told = make(ROOT).stdout.splitlines()
    assert {line.split()[0] for line in told} == set(TARGETS)


@pytest.mark.parametrize(
    "program",
    [
        "commands.probe",
        "commands.run_once",
        "commands.resources",
        "commands.actions",
        "commands.unregister",
        "commands.upstream",
        "sandbox.__main__",
        "sandbox.bench.__main__",
        "tests.live_events.soak",
    ],
)
def test_every_program_says_what_it_is_for(
    program: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Other tests may have imported it; a program is run anew.
    monkeypatch.delitem(sys.modules, program, raising=False)
    monkeypatch.setattr(sys, "argv", [program, "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(program, run_name="__main__")
    told = capsys.readouterr()
    assert (ended.value.code, told.err) == (0, "")
    assert "usage: " in told.out


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
            if word == "--secret":
                assert f"type=secret,{value.partition(',')[0]}," in dockerfile
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
    module = PurePosixPath(command.split()[-1].replace(".", "/"))
    assert not is_ignored(module.with_suffix(".py"), read_ignored())
