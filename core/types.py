"""The few shapes that every layer shares."""

from typing import Any

# A vendor's JSON object as it came, plus our additions under `__` keys.
type Item = dict[str, Any]
# Query parameters, or the JSON body of a POST that only reads.
type Params = dict[str, Any]
