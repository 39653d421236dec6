"""How a run stands: done, started, failed, or unknown."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Done:
    """The change was carried out, or there was nothing left to do.

    `output` is what later steps of a workflow can use. `label` has two words at most.
    """

    message: str
    link: str = ""
    label: str = "Done"
    output: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Started:
    """The work goes on at the vendor; the run stays open until somebody ends it.

    `link` leads to that work: it is kept at the run, and by it the work is known again
    after a restart.
    """

    message: str
    link: str
    label: str = "Started"
    output: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Failed:
    """The change was not carried out, or nobody can tell (`label` says which)."""

    message: str
    link: str = ""
    label: str
    output: dict[str, Any] = field(default_factory=dict)


type Outcome = Done | Started | Failed
type Ending = Done | Failed
