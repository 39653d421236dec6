"""Print the tests of what differs from the main branch, as `make check` runs them.

These are the folder of tests of each changed folder, and always those of no folder,
which keep the folders in step.
"""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = Path("tests")


def changed_files() -> list[Path]:
    """Return what was changed since the main branch was left, new files included."""
    base = git("merge-base", "HEAD", "main")
    names = [*git("diff", "--name-only", *base)]
    names += git("ls-files", "--others", "--exclude-standard")
    return [Path(name) for name in names]


def find_tests(changed: list[Path]) -> list[Path]:
    """Return the folders and files of tests, relative to the root."""
    found = {path.relative_to(ROOT) for path in (ROOT / TESTS).glob("test_*.py")}
    for path in changed:
        inside = path.relative_to(TESTS) if path.is_relative_to(TESTS) else path
        folder = TESTS / inside.parts[0]
        if (ROOT / folder).is_dir():
            found.add(folder)
    return sorted(found)


def git(*words: str) -> list[str]:
    """Run git; return the lines that it prints."""
    return subprocess.check_output(["git", *words], cwd=ROOT, text=True).splitlines()


if __name__ == "__main__":
    print(*find_tests(changed_files()))
