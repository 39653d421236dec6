"""The Redis stream from which workers of several processes read their events."""

from typing import Self

from port_ocean.consumers.abstract_live_events_consumer import (
    AbstractLiveEventsConsumer,
)
from port_ocean.consumers.redis_stream_consumer import RedisStreamConsumer
from redis.asyncio import Redis, RedisCluster


class EventStream:
    """What else the workers of a stream can share: its Redis, below its own name."""

    def __init__(self, consumer: RedisStreamConsumer) -> None:
        self._consumer = consumer

    @classmethod
    def of(cls, consumer: AbstractLiveEventsConsumer | None) -> Self | None:
        """Return the stream behind a consumer, None if it reads from elsewhere."""
        return cls(consumer) if isinstance(consumer, RedisStreamConsumer) else None

    @property
    def redis(self) -> Redis | RedisCluster:
        """Return the connection that the framework has opened."""
        return self._consumer._require_redis()

    @property
    def prefix(self) -> str:
        """Return what the names of this stream's keys begin with."""
        return f"{self._consumer._stream_key}/{self._consumer._consumer_group}"
