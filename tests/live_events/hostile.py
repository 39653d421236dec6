"""Bodies that no vendor sends."""

# What Jira delivers at most.
HUGE = 25 * 1024 * 1024
# Deeper than any parser follows, and as deep as one just does.
DEEP, LESS_DEEP = 100_000, 400


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def hostile() -> list[bytes]:
    """Return bodies of every wrong sort."""
    issue = b'{"webhookEvent":"jira:issue_updated","issue":{"id":"10001"},"x":'
    text = b'"' + b"x" * HUGE + b'"'
    values = (b"[]", b"null", b"true", b"1e999", b"NaN", b'""', b"{", b"", b"\xff\xfe")
    shapes = (
        b'{"webhookEvent":["x"]}',
        b'{"webhookEvent":"jira:issue_updated","issue":[null]}',
        b'{"webhookEvent":"project_deleted","project":{"id":{"id":1}}}',
        b'{"webhookEvent":"\xfc"}',
        b'{"webhookEvent":"\\ud800","issue":{"id":"\\ud800"}}',
        b'{"Payload":{"Event":[]}}',
        b'{"Payload":{"Event":{"SpaceId":"../../x","Category":"Created"}}}',
        b'{"Payload":{"Event":{"Category":"Deleted","RelatedDocumentIds":[[],{},7]}}}',
    )
    large = (nested(DEEP), text, issue + text + b"}")
    deep = (issue + nested(depth) + b"}" for depth in (DEEP, LESS_DEEP))
    return [*values, *shapes, *large, *deep]
