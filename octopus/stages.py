"""The stages on the way to production, told by the names of environments (pure)."""

import re
from dataclasses import dataclass
from functools import lru_cache

from core.api import Api
from core.errors import ConfigurationError

# Where the connection leaves the setting, and what it is unless it is set.
STAGES = "stages"
DEFAULT_STAGES = (
    "Development: dev, dev?, develop*, sandbox, local;"
    " Test: test*, qa*, sit, non?prod*, nonprod*;"
    " Staging: stag*, pre?prod*, preprod*, uat*, accept*, demo;"
    " Production: prod*, live*, prd"
)
_HOW = "write it like 'Test: test*, qa; Production: prod*, live'"
_WILD = {"*": "[a-z0-9]*", "?": "."}


@dataclass(frozen=True)
class Stage:
    """A stage; the numbers begin at 1, and the last stage is production."""

    name: str
    number: int
    pattern: re.Pattern[str]


@lru_cache(16)  # there is one setting in a process, and more only in tests
def parse_stages(setting: str) -> tuple[Stage, ...]:
    """Return the stages in their order: `name: pattern, pattern; name: pattern`.

    Patterns are words of an environment's name, whatever their case; `*` is any letters
    and digits, `?` any one character. Raises ConfigurationError for another form.
    """
    stages: list[Stage] = []
    for part in filter(str.strip, setting.split(";")):
        name, _, patterns = part.partition(":")
        words = [word.strip().lower() for word in patterns.split(",") if word.strip()]
        if not name.strip() or not words:
            raise ConfigurationError(f"stages has {part.strip()!r}: {_HOW}", STAGES)
        stages.append(Stage(name.strip(), len(stages) + 1, _compiled(words)))
    if not stages:
        raise ConfigurationError(f"stages names no stage: {_HOW}", STAGES)
    return tuple(stages)


def _compiled(words: list[str]) -> re.Pattern[str]:
    any_of = "|".join(
        "".join(_WILD.get(char, re.escape(char)) for char in word) for word in words
    )
    return re.compile(rf"(?<![a-z0-9])(?:{any_of})(?![a-z0-9])")


def stages_of(api: Api) -> tuple[Stage, ...]:
    """Return the stages that are set for a client."""
    return parse_stages(api.facts.get(STAGES) or DEFAULT_STAGES)


def stage_of(stages: tuple[Stage, ...], environment: str | None) -> Stage | None:
    """Return the first stage that has a pattern in an environment's name."""
    if environment is None:
        return None
    name = environment.lower()
    return next((stage for stage in stages if stage.pattern.search(name)), None)
