"""What is shown of a log while the integration runs, and what of it is kept."""

import re
from io import StringIO

import pytest

from commands.sailing import DONE, TOLD, follow

AT = "2026-11-29 18:03:13.923"
LOG = [
    f"{AT} | INFO     | Registering resync event listener for kind jira-user\n",
    f"{AT} | WARNING  | No base URL provided, or webhook processing is disabled\n",
    f"{AT} | INFO     | Starting processing resource jira-user with index 0\n",
    f"{AT} | INFO     | Synced jira-user: 29 read, 29 saved\n",
    f"{AT} | WARNING  | jira-team: 403 [bold]\n",
    f"{AT} | INFO     | The resync is incomplete: 2 kinds\n",
    "Traceback (most recent call last):\n",
    f"{AT} | WARNING  | Shutting down webhook processor manager\n",
]


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (DONE, ["jira-user: 29 read, 29 saved"]),
        (
            TOLD,
            [
                "jira-user: 29 read, 29 saved",
                "jira-team: 403 [bold]",
                "The resync is incomplete: 2 kinds",
            ],
        ),
    ],
    ids=["single run", "service"],
)
def test_what_people_want_to_know_is_shown_and_everything_is_kept(
    capsys: pytest.CaptureFixture[str], told: re.Pattern[str], shown: list[str]
) -> None:
    kept = StringIO()
    follow(LOG, kept, verbose=False, told=told)

    assert capsys.readouterr().out.splitlines() == shown
    assert kept.getvalue() == "".join(LOG)


def test_with_verbose_everything_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    follow(LOG, StringIO(), verbose=True)

    assert capsys.readouterr().out == "".join(LOG)
