"""A mapping gets every field that it reads, and Jira is asked for no others."""

import json
from pathlib import Path
from typing import Any

import jq
import pytest
import yaml

from client import ApiClient
from core.fetch import fetch_all, fetch_one
from integration import JiraOctopusPortAppConfig
from jira.reading import ALL, fields_read
from jira.resources import RESOURCES
from sandbox.jira import JiraSandbox

EXAMPLES = Path(".port/examples")
ISSUE = json.loads((EXAMPLES / "jira-issue/raw.json").read_text("utf-8"))

UNDERSTOOD = [
    (".fields.summary", ["summary"]),
    (".fields.status.name", ["status"]),
    ('.fields["status"].name', ["status"]),
    ('.fields."status".name', ["status"]),
    ("'Done'", []),
    ('"x"', []),
    (".key", []),
    (".fields?.status?.name", ["status"]),
    (".fields.labels | map(ascii_downcase)", ["labels"]),
    ('.fields.labels | map(select(. != "")) | .[0]', ["labels"]),
    ("[.fields.fixVersions[]?.id]", ["fixVersions"]),
    ("[.__sprintIds[] | tostring]", ["__sprintIds"]),
    ('.fields.assignee.accountId // "nobody" # . not read', ["assignee"]),
    ("(.fields.priority.name | select(. != null)) // .key", ["priority"]),
    ("if .fields.issuetype.subtask then .fields.parent.key else null end", None),
    ('"\\(.key): \\(.fields.summary)"', ["summary"]),
    ("{a: .fields.summary, b: .fields.status}", ["status", "summary"]),
    ('{"a": .fields.summary, if: "text"}', ["summary"]),
    (".fields.labels | {a: .[0], b: .}", ["labels"]),
    (
        "if .fields.labels | length > 0 then .fields.priority.name else .key end",
        ["labels", "priority"],
    ),
    (
        'if .key then .fields.summary | split(" ")[0] else .fields.status.name end',
        ["status", "summary"],
    ),
    (
        "if .key | length > 99 then 1 elif .fields.duedate then 2 else .fields.labels"
        " | length end",
        ["duedate", "labels"],
    ),
    (
        '.fields.status.name as $s | if $s == "Done" then .fields.labels else null end',
        ["labels", "status"],
    ),
    (".fields.customfield_10016[0].value", ["customfield_10016"]),
    (".fields.labels[.fields.watches.count]", ["labels", "watches"]),
    ('.__fields["Story Points"]', ["__fields"]),
    (".fields.labels | .. | strings", ["labels"]),
    (".renderedFields.description", ["description"]),
    (".versionedRepresentations.labels", ["labels"]),
]
EVERYTHING = [
    ".",
    ".fields",
    ".fields | .summary",
    ".fields as $f | $f.summary",
    ". as $issue | $issue.fields.summary",
    "..",
    ".. | strings",
    "to_entries",
    "tojson",
    ".fields | keys",
    ".fields[]",
    ".fields[.key]",
    '.["fie" + "lds"].summary',
    "{fields}",
    ".renderedFields",
    "{key}",
    '{"key"}',
    '{"a": 1, "key"}',
    "{end}",
    "if .key == 1 then null end | .fields.summary",
    "if .key == 1 then null elif .id then . end",
    "then .key",
    "with_entries(select(.key != 1))",
    "select(.key) | .fields.summary",
    'getpath(["fields", "summary"])',
    "[.fields | to_entries[]]",
    "def f: .fields.summary; f",
    "reduce .fields.labels[] as $x (0; . + 1)",
    ".fields.summary = 1",
    "del(.fields.labels)",
    "try .fields.summary catch .",
    '"\\(.fields | tojson)"',
    '"\\(.)"',
    "first(.fields.summary)",
    "input",
    "@json",
    "not jq at all ~",
    "(.fields.summary",
    ".fields.summary)",
]


@pytest.mark.parametrize(("expression", "names"), UNDERSTOOD)
def test_a_plain_expression_reads_what_it_names(
    expression: str, names: list[str] | None
) -> None:
    found = fields_read([expression])
    assert found == (["issuetype", "parent"] if names is None else names)


@pytest.mark.parametrize("expression", EVERYTHING)
def test_any_other_expression_may_read_everything(expression: str) -> None:
    assert fields_read([".key", expression]) == [ALL]


@pytest.mark.parametrize(("expression", "names"), UNDERSTOOD)
def test_what_is_left_out_would_have_made_no_difference(
    expression: str, names: list[str] | None
) -> None:
    program = jq.compile(expression.replace("'", '"'))
    read = set(fields_read([expression]))
    kept = {k: v for k, v in ISSUE["fields"].items() if k in read}
    whole = {k: v for k, v in ISSUE.items() if not k.startswith("__") or k in read}
    reduced = {**whole, "fields": kept}
    assert outputs(program, reduced) == outputs(program, ISSUE)


def outputs(program: Any, item: Any) -> Any:
    try:
        return program.input_value(item).all()
    except ValueError as error:
        return str(error)


def config(kind: str, **selector: Any) -> Any:
    mapping = yaml.safe_load((EXAMPLES / kind / "mapping.yml").read_text("utf-8"))
    mapping["selector"] |= selector
    return JiraOctopusPortAppConfig.parse_obj({"resources": [mapping]}).resources[0]


@pytest.mark.parametrize("kind", ["jira-issue", "jira-epic", "jira-request"])
async def test_the_default_mapping_is_read_with_few_fields_and_gives_the_same(
    kind: str, api: ApiClient, site: JiraSandbox
) -> None:
    few, all_ = config(kind), config(kind, fields=ALL)
    assert ALL not in few.selector.wanted_fields
    small = await read(api, few)
    big = await read(api, all_)
    assert small
    assert json.dumps(small) < json.dumps(big)
    for expression in mappings(few):
        program = jq.compile(expression)
        for id_, item in small.items():
            assert outputs(program, item) == outputs(program, big[id_]), expression
    id_, item = next(iter(small.items()))
    live = await fetch_one(api, RESOURCES[few.kind], {"id": id_}, few.selector)
    assert live == item


def mappings(resource: Any) -> list[str]:
    entity = resource.port.entity.mappings
    return [entity.identifier, *entity.properties.values(), *entity.relations.values()]


async def read(api: ApiClient, resource: Any) -> dict[str, Any]:
    pages = fetch_all(api, RESOURCES[resource.kind], resource.selector)
    return {item["id"]: item async for page in pages for item in page}


def test_fields_that_the_user_names_are_kept() -> None:
    assert config("jira-issue", fields="summary, status").selector.wanted_fields == [
        "summary",
        "status",
    ]


def test_fields_that_the_user_names_come_besides_those_that_are_read() -> None:
    read_, both = (
        config("jira-issue", fields=fields).selector.wanted_fields
        for fields in ("auto", "auto, customfield_10020")
    )
    assert both == [*read_, "customfield_10020"]
    assert "summary" in both
