"""Every private name of port_ocean that is used: an upgrade says what has moved.

A test that fails here names the file that needs care.
"""

import ast
import importlib
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.test_imports import FILES, ROOT, imported_modules

MANAGER = (
    "port_ocean.core.handlers.webhook.processor_manager:LiveEventsProcessorManager"
)
SYNC = (
    "port_ocean.core.handlers.entity_processor.jq_entity_processor_sync"
    ":JQEntityProcessorSync"
)
PROCESSOR = (
    "port_ocean.core.handlers.entity_processor.jq_entity_processor:JQEntityProcessor"
)
STREAM = "port_ocean.consumers.redis_stream_consumer:RedisStreamConsumer"
EVENT = "port_ocean.core.handlers.webhook.webhook_event:WebhookEvent"
RESULTS = "port_ocean.core.handlers.webhook.webhook_event:WebhookEventRawResults"
EXECUTIONS = "port_ocean.core.handlers.actions.execution_manager:ExecutionManager"
APPLIER = (
    "port_ocean.core.handlers.entities_state_applier.port.applier"
    ":HttpEntitiesStateApplier"
)
ENTITIES = "port_ocean.clients.port.mixins.entities:EntityClientMixin"
RESYNCS = "port_ocean.core.integrations.mixins.sync_raw:SyncRawMixin"
APP_CONFIG = "port_ocean.core.handlers.port_app_config.base:BasePortAppConfig"
RETRY = "port_ocean.helpers.retry:RetryTransport"

# Where it is used, where it is, its name, and its parameters; None for an attribute
# that `__init__` sets.
USED: list[tuple[str, str, str, str | None]] = [
    (
        "framework/event_manager.py",
        MANAGER,
        "_process_webhook_event",
        "path, worker_id, event",
    ),
    (
        "framework/event_manager.py",
        MANAGER,
        "_process_single_event",
        "processor, path, resource, resource_index",
    ),
    ("framework/event_manager.py", MANAGER, "_delete_entities", "entities"),
    ("framework/event_manager.py", MANAGER, "_processors_classes", None),
    ("framework/event_manager.py", MANAGER, "_live_events_consumer", None),
    ("framework/event_manager.py", MANAGER, "_event_queues", None),
    (
        "framework/event_manager.py",
        MANAGER,
        "_max_wait_seconds_before_shutdown",
        None,
    ),
    ("framework/event_manager.py", EXECUTIONS, "_webhook_manager", None),
    ("framework/app_config_reading.py", APP_CONFIG, "_app_config_cache", None),
    ("framework/event_stream.py", STREAM, "_require_redis", ""),
    ("framework/event_stream.py", STREAM, "_stream_key", None),
    ("framework/event_stream.py", STREAM, "_consumer_group", None),
    ("framework/event_outcome.py", RESULTS, "_deleted_raw_results", None),
    (
        "framework/incremental.py",
        RESYNCS,
        "_sync_incremental_kind",
        "resource, index, cursor, next_cursor, cursor_store, user_agent_type,"
        " integration_type, integration_id, kind_identifier",
    ),
    ("framework/event_outcome.py", RESULTS, "_updated_raw_results", None),
    ("framework/webhook_processor.py", RESULTS, "_deleted_raw_results", None),
    ("framework/webhook_processor.py", RESULTS, "_updated_raw_results", None),
    ("framework/webhook_processor.py", EVENT, "_original_request", None),
    ("framework/expressions.py", SYNC, "_format_filter", "filter"),
    ("framework/entity_processor.py", PROCESSOR, "_search", "data, pattern, field"),
    (
        "framework/entity_processor.py",
        PROCESSOR,
        "_notify_mapping_issues",
        "entity_misconfigurations, has_skipped_entities, entity_mapping_fault_counter,"
        " required_fields",
    ),
    (
        "framework/state_applier.py",
        APPLIER,
        "_safe_delete",
        "entities_to_delete, entities_to_protect, user_agent_type",
    ),
    (
        "framework/port_writer.py",
        ENTITIES,
        "_parse_upsert_entities_batch_response",
        "entities, result",
    ),
    ("framework/port_writer.py", ENTITIES, "_reduce_entity", "entity"),
    (
        "framework/retry_transport.py",
        RETRY,
        "_calculate_sleep",
        "attempts_made, headers, status_code",
    ),
    ("framework/retry_transport.py", RETRY, "_should_retry_async", "response"),
]
# What the methods that are replaced or called must still do, in the framework's source.
DONE_BY = [
    (
        MANAGER,
        "_process_webhook_event",
        "self._process_single_event(proc, path, res, resource_index)",
    ),
    (MANAGER, "_process_webhook_event", "await self.sync_raw_results("),
    (RESYNCS, "sync_incremental", "if not await self._sync_incremental_kind("),
    (RESYNCS, "_sync_incremental_kind", "await self.process_resource("),
    (MANAGER, "_process_webhook_events", "await self._process_webhook_event("),
    (MANAGER, "shutdown", "timeout=self._max_wait_seconds_before_shutdown"),
    (MANAGER, "_on_live_event_message", "await self._process_webhook_event("),
    (MANAGER, "_register_route", "await self._event_queues[path].put(webhook_event)"),
    (MANAGER, "register_processor", "self._event_queues[path] = LocalQueue()"),
    (MANAGER, "_execute_processor", "timeout=self._max_event_processing_seconds"),
    (MANAGER, "start_processing_event_messages", "config.event_workers_count"),
    (
        APPLIER,
        "upsert",
        "event.entity_topological_sorter.register_entity(entity)",
    ),
    (
        "port_ocean.core.integrations.mixins:utils",
        "handle_items_to_parse",
        "await entity_processor._search(item, items_to_parse)",
    ),
    (
        "port_ocean.context.ocean:PortOceanContext",
        "add_webhook_processor",
        "self.app.webhook_manager.register_processor(",
    ),
    # `framework/odd_runs.py` replaces these two classes.
    (
        "port_ocean.clients.port.mixins.actions:ActionsClientMixin",
        "claim_pending_action_runs",
        "ActionRun.parse_obj(run)",
    ),
    (
        "port_ocean.clients.port.mixins.workflow_nodes:WorkflowNodesClientMixin",
        "claim_pending_wf_node_runs",
        "WorkflowNodeRun.parse_obj(run)",
    ),
]


def load(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


def private_names(tree: ast.AST) -> Iterator[str]:
    """Yield the private attributes that some code reads, of whatever object."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            yield node.attr


def own_names(tree: ast.AST) -> Iterator[str]:
    """Yield the private names that some code defines itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
                yield node.attr
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


@cache
def parse(path: Path) -> ast.AST:
    return ast.parse((ROOT / path).read_text("utf-8"), str(path))


def overridden(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the private methods of the framework that a file's classes replace."""
    module = importlib.import_module(".".join(path.with_suffix("").parts))
    for name, class_ in vars(module).items():
        # A proxy of the framework's context would answer for what is behind it.
        if not issubclass(type(class_), type) or class_.__module__ != module.__name__:
            continue
        for base in class_.__mro__[1:]:
            if base.__module__.startswith("port_ocean."):
                shared = set(vars(class_)) & set(vars(base))
                methods = (m for m in shared if inspect.isfunction(vars(base)[m]))
                yield from ((name, method) for method in filter(is_private, methods))


@cache
def ours() -> set[str]:
    """Return the private names that our own code defines."""
    return {name for path in FILES for name in own_names(parse(path))}


@pytest.mark.parametrize(
    ("file", "place", "name", "parameters"), USED, ids=lambda v: str(v).split(":")[-1]
)
def test_the_framework_still_has_it(
    file: str, place: str, name: str, parameters: str | None
) -> None:
    owner = load(place)
    if parameters is None:
        source = inspect.getsource(owner)
        assert f"self.{name}" in source, f"{place}.{name} is gone: see {file}"
        return
    method = getattr(owner, name, None)
    assert method is not None, f"{place}.{name} is gone: see {file}"
    found = [
        n for n in inspect.signature(method).parameters if n not in ("self", "cls")
    ]
    assert ", ".join(found) == parameters, f"{place}.{name} has changed: see {file}"


@pytest.mark.parametrize(("place", "method", "source"), DONE_BY)
def test_the_framework_still_works_this_way(
    place: str, method: str, source: str
) -> None:
    code = " ".join(inspect.getsource(getattr(load(place), method)).split())
    assert source in code, f"{place}.{method} has changed: see framework/"


@pytest.mark.parametrize("path", FILES, ids=str)
def test_private_names_of_the_framework_are_listed_and_stay_in_their_room(
    path: Path,
) -> None:
    listed = {(file, name) for file, _, name, _ in USED}
    foreign = set(private_names(parse(path))) - ours()
    if path.parts[0] == "framework":
        foreign |= {method for _, method in overridden(path)}
    imported = [
        name
        for name in imported_modules(path)
        if name.startswith("port_ocean.") and is_private(name.rpartition(".")[2])
    ]
    assert imported == []
    missing = {name for name in foreign if (path.as_posix(), name) not in listed}
    assert not missing, f"{path} uses {missing}: list it in USED, in framework/ only"
