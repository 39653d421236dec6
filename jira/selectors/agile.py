"""Selectors of boards, sprints and backlogs."""

from typing import Literal

from pydantic.v1 import Field, validator

from framework.selectors import Selector, split_words
from jira.selectors.base import ResourceConfig


class BoardSelector(Selector):
    """Selects boards."""

    board_type: Literal["scrum", "kanban", "simple"] | None = Field(
        default=None,
        alias="boardType",
        title="Board Type",
        description="Only boards of this type.",
    )
    project_key: str | None = Field(
        default=None,
        alias="projectKey",
        title="Project Key",
        description="Only boards whose filter concerns this project.",
    )
    name: str | None = Field(
        default=None,
        title="Name",
        description="Only boards with this text in their name.",
    )


class JiraBoardResourceConfig(ResourceConfig):
    """Maps boards."""

    kind: Literal["jira-board"] = Field(
        title="Jira Board", description="Scrum and kanban boards."
    )
    selector: BoardSelector


class SprintSelector(BoardSelector):
    """Selects sprints, of the selected boards."""

    states: list[Literal["active", "future", "closed"]] = Field(
        default=["active", "future"],
        title="States",
        description="States to bring; a sprint leaves the catalog with its state.",
    )

    _split = validator("states", pre=True, allow_reuse=True)(split_words)


class JiraSprintResourceConfig(ResourceConfig):
    """Maps sprints."""

    kind: Literal["jira-sprint"] = Field(
        title="Jira Sprint", description="Sprints of the scrum boards."
    )
    selector: SprintSelector


class JiraBacklogResourceConfig(ResourceConfig):
    """Maps backlogs."""

    kind: Literal["jira-backlog"] = Field(
        title="Jira Backlog",
        description="Issues that wait in the backlog of a board, once for each board.",
    )
    selector: BoardSelector
