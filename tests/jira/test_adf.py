"""Rich text becomes Markdown; whatever people wrote is still there."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jira.adf import to_markdown


def node(kind: str, *content: Any, **attrs: Any) -> dict[str, Any]:
    return {"type": kind, "attrs": attrs, "content": list(content)}


def text(words: str, *marks: str, href: str | None = None) -> dict[str, Any]:
    made: list[dict[str, Any]] = [{"type": mark} for mark in marks]
    if href:
        made.append({"type": "link", "attrs": {"href": href}})
    return {"type": "text", "text": words, "marks": made}


def paragraph(*content: Any) -> dict[str, Any]:
    return node("paragraph", *content)


def doc(*content: Any) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(content)}


TABLE = [
    pytest.param(None, None, id="no description"),
    pytest.param("", None, id="empty text"),
    pytest.param("plain v2 text", "plain v2 text", id="text of the old API"),
    pytest.param(doc(), None, id="empty document"),
    pytest.param(doc(paragraph()), None, id="empty paragraph"),
    pytest.param(doc(paragraph(text("Hello"))), "Hello", id="paragraph"),
    pytest.param(
        doc(paragraph(text("one")), paragraph(text("two"))), "one\n\ntwo", id="two"
    ),
    pytest.param(
        doc(paragraph(text("very ", "strong"), text("bold"))),
        "**very** bold",
        id="blanks stay outside of marks",
    ),
    pytest.param(
        doc(paragraph(text("x", "strong", "em", "strike"))), "***~~x~~***", id="marks"
    ),
    pytest.param(doc(paragraph(text("a_b*c", "code"))), "`a_b*c`", id="code"),
    pytest.param(doc(paragraph(text("a_b*c"))), r"a\_b\*c", id="special signs"),
    pytest.param(
        doc(paragraph(text("here", href="https://x.test/a"))),
        "[here](https://x.test/a)",
        id="link",
    ),
    pytest.param(doc(node("heading", text("Why"), level=2)), "## Why", id="heading"),
    pytest.param(
        doc(
            node(
                "bulletList",
                node(
                    "listItem",
                    paragraph(text("a")),
                    node("bulletList", node("listItem", paragraph(text("b")))),
                ),
                node("listItem", paragraph(text("c"))),
            )
        ),
        "- a\n  - b\n- c",
        id="nested list",
    ),
    pytest.param(
        doc(
            node(
                "orderedList",
                node("listItem", paragraph(text("a"))),
                node("listItem", paragraph(text("b"))),
                order=3,
            )
        ),
        "3. a\n4. b",
        id="ordered list",
    ),
    pytest.param(
        doc(
            node(
                "taskList",
                node("taskItem", text("done"), state="DONE"),
                node("taskItem", text("open"), state="TODO"),
            )
        ),
        "- [x] done\n- [ ] open",
        id="tasks",
    ),
    pytest.param(
        doc(node("codeBlock", text("a = 1\nb = ```"), language="python")),
        "````python\na = 1\nb = ```\n````",
        id="code block with a fence in it",
    ),
    pytest.param(
        doc(node("blockquote", paragraph(text("a")), paragraph(text("b")))),
        "> a\n>\n> b",
        id="quote",
    ),
    pytest.param(
        doc(node("panel", paragraph(text("mind")), panelType="warning")),
        "> **Warning**\n>\n> mind",
        id="panel",
    ),
    pytest.param(doc(node("rule")), "---", id="rule"),
    pytest.param(
        doc(paragraph(text("a"), node("hardBreak"), text("b"))), "a  \nb", id="break"
    ),
    pytest.param(
        doc(paragraph(node("mention", text="@Dev 1", id="5f"))), "@Dev 1", id="mention"
    ),
    pytest.param(
        doc(paragraph(node("emoji", shortName=":smile:", text="😄"))), "😄", id="emoji"
    ),
    pytest.param(
        doc(paragraph(node("date", timestamp="1767225600000"))), "2026-01-01", id="date"
    ),
    pytest.param(doc(paragraph(node("status", text="DONE"))), "`DONE`", id="status"),
    pytest.param(
        doc(paragraph(node("inlineCard", url="https://x.test"))),
        "<https://x.test>",
        id="card",
    ),
    pytest.param(
        doc(paragraph(node("mention", id="5f"))), "@5f", id="mention without text"
    ),
    pytest.param(
        doc(paragraph(node("inlineCard", data={"name": "Plan", "url": "https://x"}))),
        "[Plan](https://x)",
        id="card with data",
    ),
    pytest.param(
        doc(paragraph(node("inlineCard", data={"url": "https://x"}))),
        "<https://x>",
        id="card with the address in its data",
    ),
    pytest.param(
        doc(paragraph(node("inlineCard", data={"@type": "Page", "title": "Plan"}))),
        "Plan",
        id="card with a title only",
    ),
    pytest.param(
        doc(
            paragraph(
                text("a "), node("newInline", text("b "), node("other", text("c")))
            )
        ),
        "a b c",
        id="unknown inline nodes",
    ),
    pytest.param(
        doc(node("newBlock", text="what it says")), "what it says", id="unknown block"
    ),
    pytest.param(
        doc(
            node(
                "orderedList", node("listItem", paragraph(text("a"))), order="9" * 5000
            )
        ),
        "1. a",
        id="absurd number",
    ),
    pytest.param(
        doc(node("mediaSingle", node("media", alt="shot.png", id="77"))),
        "[attachment: shot.png]",
        id="attachment",
    ),
    pytest.param(
        doc(
            node(
                "table",
                node(
                    "tableRow",
                    node("tableHeader", paragraph(text("a"))),
                    node("tableHeader", paragraph(text("b|c"))),
                ),
                node("tableRow", node("tableCell", paragraph(text("1")))),
            )
        ),
        "| a | b\\|c |\n| --- | --- |\n| 1 |  |",
        id="table with a missing cell",
    ),
    pytest.param(
        doc(node("invention", paragraph(text("kept")))), "kept", id="unknown node"
    ),
]


@pytest.mark.parametrize(("document", "markdown"), TABLE)
def test_a_document_becomes_markdown(document: Any, markdown: str | None) -> None:
    assert to_markdown(document) == markdown


def test_a_document_nested_beyond_reason_does_no_harm() -> None:
    document: dict[str, Any] = paragraph(text("deep"))
    for _ in range(5000):
        document = node("blockquote", document)
    assert to_markdown(doc(paragraph(text("shallow")), document)) == "shallow"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda children: st.lists(children, max_size=4)
    | st.dictionaries(
        st.sampled_from(["type", "content", "attrs", "text", "marks", "timestamp"]),
        children | st.sampled_from(["text", "table", "date", "bulletList", "heading"]),
        max_size=5,
    ),
    max_leaves=30,
)


@given(json_values)
def test_no_reply_of_any_shape_raises(document: Any) -> None:
    assert isinstance(to_markdown(document), str | None)


@given(st.lists(st.text(alphabet=st.characters(categories=["L", "N"])), min_size=1))
def test_no_word_is_lost(words: list[str]) -> None:
    document = doc(*(paragraph(text(word)) for word in words))
    assert (to_markdown(document) or "").split() == [w for w in words if w]
