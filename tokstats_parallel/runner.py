"""Stands in for `_native.ShardRunner` until the core has it: the same calls, but every run fills its pool."""

from typing import Any

from tokstats_parallel import _native


class ShardRunner:
    """Runs shards of one stream; where a run goes on where the last one ended, the core will keep the window."""

    def __init__(self, column: _native.TextColumn, **settings: Any) -> None:  # noqa: ANN401 - those of `run_shard`
        """Takes the rows, and the settings of `_native.run_shard` but for the draws."""
        self._column = column
        self._settings = settings

    def run(self, first_draw: int, draws: int) -> bytes:
        """See `_native.run_shard`."""
        return _native.run_shard(self._column, first_draw=first_draw, draws=draws, **self._settings)
