"""A resync ends with a report that says what it did not do."""

import json
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic.v1 import ValidationError

from core.errors import Forbidden, Unauthorized, Unavailable
from framework.resync_run import MANY, ResyncRun
from framework.summary import (
    REPORT_FILE,
    Outcome,
    conclude,
    conclude_early,
    what_came,
)
from integration import JiraOctopusPortAppConfig
from tests.framework.resyncs import SPACE, WORKER, jq_rules, mapped

pytestmark = pytest.mark.usefixtures(jq_rules.__name__)

PLAN, WORK = mapped("plan", '"plan"'), mapped("worker", '"worker"')
DOWN = Unavailable("503")


@pytest.fixture
def run() -> ResyncRun:
    started = ResyncRun()
    for mapping in (PLAN, WORK):
        reading = started.begin(mapping, WORKER, None)
        reading.items = reading.mapped = reading.sent = reading.written = 3
    return started


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(REPORT_FILE, str(tmp_path / "report.json"))
    return tmp_path / "report.json"


def report(run: ResyncRun, file: Path, *, done: bool = True) -> dict[str, Any]:
    is_success = conclude(run, [PLAN, WORK], done)
    told: dict[str, Any] = json.loads(file.read_text())
    assert is_success == (told["outcome"] != Outcome.FAILED)
    return told


def test_a_resync_that_brought_all_is_complete(run: ResyncRun, file: Path) -> None:
    run.deleted["plan"] = 2
    told = report(run, file)
    assert (told["outcome"], told["reason"]) == (Outcome.COMPLETE, None)
    assert told["kinds"][0] == {
        "kind": "plan",
        "blueprint": "plan",
        "brought": 3,
        "saved": 3,
        "unchanged": 0,
        "deleted": 2,
        "kept": {},
        "notRead": None,
        "troubles": [],
        "refused": 0,
        "refusals": [],
    }


def test_what_was_not_brought_is_named_with_its_reasons(
    run: ResyncRun, file: Path, warnings: list[str]
) -> None:
    for name in "12":
        run.readings[1].report.lose_parent({"Id": name}, Forbidden("403"))
    run.readings[1].report.lose_value("members", DOWN)
    run.kept["worker", "403"] = 7
    warnings.clear()
    told = report(run, file)
    row = told["kinds"][1]
    assert told["outcome"] == Outcome.INCOMPLETE
    assert row["troubles"] == ["403 (2 times)", "members: 503"]
    assert row["kept"] == {"403": 7}
    (warning,) = warnings
    assert "kept as it was: worker: 403 (2 times), members: 503" in warning


def test_a_lookup_that_is_refused_for_good_is_no_trouble(
    run: ResyncRun, file: Path
) -> None:
    run.readings[0].report.lose_value("members", Forbidden("403"))
    assert report(run, file)["outcome"] == Outcome.COMPLETE


def test_a_kind_that_cannot_exist_is_reported_but_no_trouble(
    run: ResyncRun, file: Path
) -> None:
    run.readings[0].not_read = "no licence"
    told = report(run, file)
    assert told["outcome"] == Outcome.COMPLETE
    assert told["kinds"][0]["notRead"] == "no licence"


def test_a_mapping_that_was_not_read_is_trouble(file: Path) -> None:
    told = report(ResyncRun(), file)
    assert told["outcome"] == Outcome.INCOMPLETE
    assert told["kinds"][0]["troubles"] == ["not read"]


def test_refused_entities_are_named(
    run: ResyncRun, file: Path, warnings: list[str]
) -> None:
    run.readings[0].refused = {("plan", str(n)): "no email" for n in range(5)}
    run.readings[0].refused["plan", "odd"] = "no name"
    told = report(run, file)
    assert told["outcome"] == Outcome.INCOMPLETE
    assert told["kinds"][0]["refused"] == 6
    assert told["kinds"][0]["refusals"] == [
        "plan '0' and 4 more: no email",
        "plan 'odd': no name",
    ]
    assert "Refused by Port: 6 of plan (plan '0' and 4 more: no email)" in warnings[0]


@pytest.mark.parametrize(
    ("written", "sent", "outcome"),
    [
        pytest.param(0, 3, Outcome.FAILED, id="nothing was taken"),
        pytest.param(1, 3, Outcome.INCOMPLETE, id="something was"),
        pytest.param(0, 2, Outcome.INCOMPLETE, id="something is as it was"),
    ],
)
def test_a_kind_of_which_port_took_nothing_is_a_failure(
    run: ResyncRun, file: Path, written: int, sent: int, outcome: Outcome
) -> None:
    reading = run.readings[0]
    reading.refused = {("plan", "1"): "no email"}
    reading.written, reading.sent = written, sent
    told = report(run, file)
    assert told["outcome"] == outcome
    assert (told["nothingTaken"] == ["plan"]) == (outcome is Outcome.FAILED)


def test_what_the_framework_gave_up_is_a_failure(run: ResyncRun, file: Path) -> None:
    assert report(run, file, done=False)["outcome"] == Outcome.FAILED


def test_a_resync_that_fails_before_its_kinds_says_why(file: Path) -> None:
    conclude_early(Unauthorized("check the token"))
    told = json.loads(file.read_text())
    assert (told["outcome"], told["reason"]) == (Outcome.FAILED, "check the token")


def test_a_mapping_with_mistakes_is_told_in_words(file: Path) -> None:
    with pytest.raises(ValidationError) as caught:
        JiraOctopusPortAppConfig.parse_obj({"resources": [{"kind": "jira-isue"}]})
    conclude_early(caught.value)
    reason = json.loads(file.read_text())["reason"]
    assert reason.startswith(
        "the mapping has mistakes: resources[0].kind: unknown kind"
    )
    assert "validation error for" not in reason


def test_a_process_that_nobody_asked_writes_no_report(
    run: ResyncRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(REPORT_FILE, raising=False)
    assert conclude(run, [PLAN, WORK], True)
    assert list(tmp_path.iterdir()) == []


def test_kinds_that_share_a_blueprint_count_what_it_lost_once(
    run: ResyncRun, warnings: list[str]
) -> None:
    shared = mapped("other", '"plan"')
    run.begin(shared, SPACE, None)
    run.deleted["plan"] = 2
    assert conclude(run, [PLAN, shared], True)
    assert warnings == []


def test_what_is_empty_in_every_one_of_many_entities_is_known(run: ResyncRun) -> None:
    reading = run.readings[0]
    reading.mapped = MANY
    reading.nulls.update({"properties.typo": MANY, "properties.due": MANY - 1})
    assert reading.always_empty == ["properties.typo"]
    reading.mapped = reading.nulls["properties.typo"] = MANY - 1
    assert reading.always_empty == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "3 read, 3 saved"),
        ({"sent": 0, "written": 0}, "3 read, unchanged"),
        ({"items": 0, "mapped": 0, "sent": 0, "written": 0}, "0 read, 0 saved"),
        ({"items": 0, "not_read": "no licence"}, "skipped"),
    ],
)
def test_a_line_says_what_came_of_a_kind(
    run: ResyncRun, changed: dict[str, Any], told: str
) -> None:
    reading = run.readings[0]
    for name, value in changed.items():
        setattr(reading, name, value)

    assert what_came(reading) == told


def test_what_could_not_be_read_at_all_is_no_empty_kind(run: ResyncRun) -> None:
    reading = run.readings[0]
    reading.items = 0
    reading.report.lose_kind(DOWN)

    assert what_came(reading) == "not read, kept as it was"


@pytest.mark.parametrize(
    ("lost", "told"), [(True, "not read, kept as it was"), (False, "skipped")]
)
def test_of_several_sites_none_of_which_was_read_the_line_says_so(
    run: ResyncRun, lost: bool, told: str
) -> None:
    reading = run.begin_each(PLAN, WORKER, [cast(Any, None)] * 2)
    for part in reading.parts:
        if lost:
            part.report.lose_kind(DOWN)
        else:
            part.not_read = "no licence"

    assert what_came(reading) == told
