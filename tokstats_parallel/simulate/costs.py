"""Costs: times and sizes of the parts of a run, from which its timetable is computed."""

from collections.abc import Mapping
from dataclasses import dataclass

from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.validate.token_growth import TokenGrowth


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCosts:
    """Costs of the streams of one name.

    Attributes:
        fill_seconds: Seconds of filling a pool.
        draw_seconds: Seconds of a draw.
        growth: Growth of the number of different tokens with the draws.
    """

    fill_seconds: float
    draw_seconds: float
    growth: TokenGrowth


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Costs of a run on machines of one kind.

    Attributes:
        start_seconds: Seconds until the first worker draws.
        streams: Name of a stream -> its costs.
        save_seconds: Seconds in which a worker saves the partial of a shard.
        check_seconds: Seconds in which the coordinator, or `merge`, checks a partial.
        merge_seconds: Seconds of merging one entry of a partial: a token with its count.
        write_seconds: Seconds of writing one token of the result and reading it again.
        entry_bytes: Bytes of an entry in a partial.
        token_bytes: Bytes of a token in the JSON and the Parquet together.
        distinct_share: Number of tokens in the result over the sum of the streams' numbers of tokens.
    """

    start_seconds: float
    streams: Mapping[str, StreamCosts]
    save_seconds: float
    check_seconds: float
    merge_seconds: float
    write_seconds: float
    entry_bytes: float
    token_bytes: float
    distinct_share: float

    def seconds(self, shard: Shard, continues: bool) -> float:
        """Returns the seconds of a shard; a worker that continues has filled the shard's pool before."""
        stream = self.streams[shard.language]
        fill = 0.0 if continues else stream.fill_seconds
        return fill + stream.draw_seconds * shard.draws + self.save_seconds

    def entries(self, shard: Shard) -> float:
        """Returns the number of entries in the partial of a shard."""
        return self.streams[shard.language].growth.after(shard.draws)

    def tokens(self, draws: Mapping[str, int]) -> int:
        """Returns the number of tokens in a result; `draws` is name of a stream -> number of its draws in all pools."""
        return round(
            self.distinct_share * sum(self.streams[name].growth.after(count) for name, count in draws.items() if count)
        )
