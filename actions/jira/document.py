"""Write plain text as Jira wants it: as an Atlassian document.

https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
"""

import re

from actions.failures import ActionFailed
from actions.inputs import WRONG_INPUT
from core.types import Item

# What Jira takes in a comment or a description.
MOST_CHARACTERS = 32_767


def to_document(text: str, name: str) -> Item:
    """Return a document: an empty line begins a paragraph, any other break a line.

    Raises ActionFailed for a text that Jira would refuse; `name` is that of the input.
    """
    if len(text) > MOST_CHARACTERS:
        told = f"{name} has {len(text):,} characters; Jira takes {MOST_CHARACTERS:,}"
        raise ActionFailed(told, WRONG_INPUT)
    paragraphs = re.split(r"\n[ \t]*\n\s*", text.replace("\r\n", "\n").strip())
    return {
        "type": "doc",
        "version": 1,
        "content": [_paragraph(lines) for lines in paragraphs],
    }


def _paragraph(text: str) -> Item:
    content: list[Item] = []
    for line in text.split("\n"):
        if content:
            content.append({"type": "hardBreak"})
        if line:  # Jira refuses empty texts
            content.append({"type": "text", "text": line})
    return {"type": "paragraph", "content": content}
