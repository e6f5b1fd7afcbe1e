"""The native module as Python sees it: the stub is true, memory is held, errors are Python's, the lock is released."""

import ast
import gc
import inspect
import mmap
import threading
import time
import weakref
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import GetSetDescriptorType
from typing import Any

import oracle
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.corpora import write_parquet
from support.packed import pack
from support.runs import text_rows
from support.sampling import NAMES, grouped
from support.shards import run_shard
from support.streams import Setting, chunk, column

import tokstats_parallel
from tokstats_parallel import _native
from tokstats_parallel._native import Frequencies, Stream, TextColumn, TokenizerSampler
from tokstats_parallel.corpus.corpus import open_corpus

STUB = ast.parse(Path(_native.__file__).with_name("_native.pyi").read_text("utf-8"))
CLASSES = {node.name: node for node in STUB.body if isinstance(node, ast.ClassDef)}
FUNCTIONS = {node.name: node for node in STUB.body if isinstance(node, ast.FunctionDef)}
CONSTANTS = {
    node.target.id: ast.unparse(node.annotation)
    for node in STUB.body
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
}
METHODS = {
    (name, method.name): method
    for name, node in CLASSES.items()
    for method in node.body
    if isinstance(method, ast.FunctionDef)
}

Parameter = tuple[str, inspect._ParameterKind, object]


def stub_parameters(function: ast.FunctionDef) -> list[Parameter]:
    """Returns name, kind and default of each parameter that a caller passes."""
    arguments = function.args
    positional = [argument.arg for argument in arguments.args if argument.arg not in ("self", "cls")]
    required = len(positional) - len(arguments.defaults)
    defaults = [inspect.Parameter.empty] * required + [ast.literal_eval(node) for node in arguments.defaults]
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return [(name, kind, default) for name, default in zip(positional, defaults, strict=True)] + [
        (
            argument.arg,
            inspect.Parameter.KEYWORD_ONLY,
            inspect.Parameter.empty if node is None else ast.literal_eval(node),
        )
        for argument, node in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]


def parameters(function: Callable[..., object]) -> list[Parameter]:
    found = inspect.signature(function).parameters.values()
    return [(one.name, one.kind, one.default) for one in found if one.name not in ("self", "cls")]


def test_the_stub_lists_what_the_module_has() -> None:
    found = {name for name in vars(_native) if not name.startswith("__")}
    assert found == {*CLASSES, *FUNCTIONS, *CONSTANTS}
    kinds = {name: kind.partition("[")[0] for name, kind in CONSTANTS.items()}
    assert {name: type(getattr(_native, name)).__name__ for name in CONSTANTS} == kinds


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_stub_has_the_parameters_of_functions(name: str) -> None:
    assert stub_parameters(FUNCTIONS[name]) == parameters(getattr(_native, name))


@pytest.mark.parametrize("name", CLASSES)
def test_the_stub_lists_what_a_class_has(name: str) -> None:
    ours = getattr(_native, name)
    assert set(vars(ours)) - {"__doc__", "__module__"} == {one for owner, one in METHODS if owner == name}
    assert ours.__module__ == "tokstats_parallel._native"
    is_final = any(ast.unparse(decorator) == "final" for decorator in CLASSES[name].decorator_list)
    assert is_final == (not ours.__flags__ & 1 << 10)  # Py_TPFLAGS_BASETYPE: whether it may be subclassed


@pytest.mark.parametrize(("name", "method"), METHODS)
def test_the_stub_has_the_parameters_of_methods(name: str, method: str) -> None:
    ours = getattr(_native, name)
    function = ours if method == "__new__" else getattr(ours, method)
    is_property = any(ast.unparse(decorator) == "property" for decorator in METHODS[name, method].decorator_list)
    assert is_property == isinstance(function, GetSetDescriptorType)
    if not is_property:
        assert stub_parameters(METHODS[name, method]) == parameters(function)


def test_constants() -> None:
    assert len(oracle.fixed_pieces()) == _native.FIXED_PIECES
    assert _native.CHARS_PER_TOKEN == 16
    assert tokstats_parallel.TokenizerSampler is TokenizerSampler
    assert tokstats_parallel.__version__ == _native.VERSION


def test_every_byte_is_mapped_as_the_oracle_does() -> None:
    assert _native.map_bytes(bytes(range(256))) == oracle.map_bytes(bytes(range(256)))
    assert _native.fixed_pieces() == oracle.fixed_pieces()


# Memory

ROWS = [f"row {number} of a column, Übersicht 汉字 " * 40 for number in range(300)]


def bytes_buffers(_folder: Path) -> tuple[Any, Any]:
    return chunk(ROWS)


def arrow_buffers(_folder: Path) -> tuple[Any, Any]:
    _, offsets, data = pa.array(ROWS, pa.large_string()).buffers()
    return offsets, data


def array_buffers(_folder: Path) -> tuple[Any, Any]:
    offsets, data = chunk(ROWS)
    return array("q", offsets), array("B", data)


def mapped_buffers(folder: Path) -> tuple[Any, Any]:
    """Maps a file that has been removed meanwhile."""
    offsets, data = chunk(ROWS)
    path = folder / "rows"
    path.write_bytes(data)
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    path.unlink()
    return memoryview(offsets), mapped


def churn() -> None:
    """Overwrites freed memory."""
    gc.collect()
    size = len(chunk(ROWS)[1])
    for _ in range(5):
        litter = [bytes([0xFF]) * size for _ in range(4)] + [bytes([0xFF]) * 2408 for _ in range(500)]
        del litter


@pytest.mark.parametrize("buffers", [bytes_buffers, arrow_buffers, array_buffers, mapped_buffers])
def test_a_column_keeps_its_buffers_alive(buffers: Callable[[Path], tuple[Any, Any]], tmp_path: Path) -> None:
    ours = TextColumn([buffers(tmp_path), buffers(tmp_path)])
    churn()
    assert [ours.row(number) for number in range(len(ours))] == ROWS + ROWS
    stream = Stream(ours, **Setting(span=2**40, pack=False).arguments())
    del ours
    churn()
    assert sorted(stream.texts(0, 2 * len(ROWS))) == sorted(row.strip(" ") for row in ROWS + ROWS)


def test_a_column_lets_its_buffers_go_with_it() -> None:
    offsets, data = array_buffers(Path())
    watched = weakref.ref(offsets), weakref.ref(data)
    ours = TextColumn([(offsets, data)])
    del offsets, data
    gc.collect()
    assert all(watch() is not None for watch in watched)
    del ours
    gc.collect()
    assert all(watch() is None for watch in watched)


def test_buffers_cannot_be_taken_from_a_column(tmp_path: Path) -> None:
    _, mapped = mapped_buffers(tmp_path)
    growing = bytearray(chunk(ROWS)[0])
    ours = TextColumn([(growing, mapped)])
    with pytest.raises(BufferError):
        mapped.close()
    with pytest.raises(BufferError):
        growing.append(0)
    assert ours.row(299) == ROWS[299]
    del ours
    gc.collect()
    growing.append(0)
    mapped.close()


def test_empty_buffers() -> None:
    nothing = pa.py_buffer(b"")
    ours = TextColumn([(chunk([])[0], b""), (nothing, nothing), (chunk(["", ""])[0], nothing), chunk(["a"])])
    assert [ours.row(number) for number in range(len(ours))] == ["", "", "a"]
    assert len(TextColumn([(b"", b"")])) == 0


def test_buffers_that_are_not_contiguous_are_refused() -> None:
    offsets, data = chunk(["abc"])
    spread = memoryview(bytes(byte for pair in zip(offsets, offsets, strict=True) for byte in pair))[::2]
    assert bytes(spread) == offsets
    for bad in ((spread, data), (offsets, memoryview(b"abcdef")[::2]), (offsets, memoryview(b"cba")[::-1])):
        with pytest.raises(BufferError, match="contiguous"):
            TextColumn([bad])


def test_segments_may_be_any_buffer() -> None:
    segment = shard(draws=3)
    for same in (bytearray(segment), memoryview(segment), memoryview(b"." + segment)[1:], pa.py_buffer(segment)):
        assert _native.read_segment(same) == _native.read_segment(segment)
    spread = memoryview(segment + segment)[::2]
    uses: list[Callable[[Any], object]] = [
        _native.read_segment,
        _native.survey_segment,
        _native.sum_counts,
    ]
    for use in uses:
        with pytest.raises(BufferError, match="contiguous"):
            use(spread)


# Errors

COLUMN = column(text_rows("python"))
SHARD: dict[str, Any] = asdict(Setting()) | {
    "first_draw": 0,
    "draws": 1,
    "batch_texts": 2,
    "batches": 2,
    "size_mean": 450.0,
    "size_std": 5.0,
    "size_min": 400,
    "size_max": 500,
    "noise_mean": 1e-3,
    "noise_std": 1.0,
}
HIGHEST = 2**64 - 1


def shard(**changes: Any) -> bytes:
    return run_shard(COLUMN, **(SHARD | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size_min": 391}, "391"),
        ({"size_min": 0}, "391"),
        ({"size_max": 391}, "largest"),
        ({"size_mean": float("inf")}, "size"),
        ({"size_std": -0.5}, "size"),
        ({"noise_mean": -1e-300}, "noise"),
        ({"noise_std": float("nan")}, "noise"),
        ({"batch_texts": 0}, "text"),
        ({"batches": 0}, "batch"),
    ],
    ids=str,
)
def test_a_shard_out_of_range_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        shard(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"first_draw": HIGHEST},
        {"first_draw": HIGHEST - 1, "draws": 2},
        {"first_draw": HIGHEST - 3},
        {"first_draw": 2**63},
        {"first_draw": 1, "draws": HIGHEST},
        {"batches": HIGHEST, "first_draw": 2},
        {"batch_texts": HIGHEST},
    ],
    ids=str,
)
def test_a_shard_beyond_the_streams_end_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises((ValueError, OverflowError)):
        shard(**changes)


def test_the_last_texts_of_a_stream() -> None:
    stream = Stream(COLUMN, **Setting().arguments())
    assert len(stream.texts(HIGHEST - 3, 3)) == 3
    for count in (3, HIGHEST):
        with pytest.raises((ValueError, OverflowError)):
            stream.texts(HIGHEST - 1, count)


def test_texts_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="span"):
        Stream(COLUMN, **Setting(span=0).arguments())
    with pytest.raises(ValueError, match="span"):
        shard(span=0)
    assert 0 <= Stream(COLUMN, **Setting(span=1).arguments()).crop_start(0, HIGHEST) < HIGHEST


def frequencies(
    segments: Sequence[tuple[Path, int, int, int, int, int, tuple[()]]], *, batches: Sequence[int]
) -> Frequencies:
    return Frequencies(segments, batches=batches, special_tokens=[], spill="rows.tmp", memory=10**6, threads=1)


HIGH_SEGMENT = pack({b"xy": HIGHEST})  # a token of two bytes with the highest count


def test_sums_beyond_64_bits_are_refused(tmp_path: Path) -> None:
    assert [count for _, count in _native.read_segment(HIGH_SEGMENT)] == [HIGHEST]
    (tmp_path / "high").write_bytes(HIGH_SEGMENT)
    high = (tmp_path / "high", 0, HIGHEST, 0, 1, HIGHEST, ())
    uses: list[Callable[[], object]] = [
        lambda: _native.survey_segment(pack({b"xy": HIGHEST, b"zz": 1})),
        lambda: frequencies([high, high], batches=[1]),
        lambda: frequencies([high, (*high[:3], 1, *high[4:])], batches=[1, 1]),
        lambda: frequencies([], batches=[HIGHEST, 1]),
        lambda: frequencies([], batches=[2**63]),
        lambda: frequencies([], batches=[2**55, 2**55]).read(1000),
    ]
    for use in uses:
        with pytest.raises((ValueError, OverflowError)):
            use()


def test_more_pools_than_memory_are_refused() -> None:
    with pytest.raises((ValueError, OverflowError)):
        _native.count_draws([("a", 1.0)], seed=1, pools=HIGHEST, batches=1)


def test_a_map_that_changes_while_it_is_read() -> None:
    class Growing(int):
        def __lt__(self, other: object) -> bool:
            texts.update(dict.fromkeys(map(str, range(len(texts), 2 * len(texts))), 1))
            return False

    texts: dict[str, int] = {"a": Growing(1), "b": Growing(2)}
    pieces = TokenizerSampler().sample_tokenizer(texts, 400, 16, seed=1)
    assert pieces == TokenizerSampler().sample_tokenizer({"a": 1, "b": 2}, 400, 16, seed=1)


SEGMENT = shard(draws=3)
RUNNER = {name: value for name, value in SHARD.items() if name not in ("first_draw", "draws")}
SEPARATE = {"pooling": "separate"}
Call = tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]
"""A function, its positional arguments and its named ones."""

CALLS: dict[str, Call] = {
    "TextColumn": (TextColumn, ([chunk(["a", "b"])],), {}),
    "row": (column(["a", "b"]).row, (1,), {}),
    "Stream": (Stream, (COLUMN,), asdict(Setting())),
    "texts": (Stream(COLUMN, **Setting().arguments()).texts, (0, 1), {}),
    "row_order": (Stream(COLUMN, **Setting().arguments()).row_order, (0, 1), {}),
    "crop_start": (Stream(COLUMN, **Setting().arguments()).crop_start, (0, 1), {}),
    "ShardRunner": (_native.ShardRunner, ([("a", 1.0, COLUMN)],), RUNNER | SEPARATE),
    "ShardRunner of groups": (_native.ShardRunner, ([("a", 1.0, COLUMN)],), grouped(RUNNER | SEPARATE)),
    "run": (_native.ShardRunner([("a", 1.0, COLUMN)], **grouped(RUNNER | SEPARATE)).run, (0, 1), {}),
    "read_segment": (_native.read_segment, (SEGMENT,), {}),
    "survey_segment": (_native.survey_segment, (SEGMENT,), {}),
    "sum_counts": (_native.sum_counts, (SEGMENT,), {}),
    "expected_occurrences": (
        _native.expected_occurrences,
        (),
        {name: RUNNER[name] for name in ("seed", "language", "pool", *NAMES["vocabulary"])}
        | {"first_draw": 0, "draws": 1},
    ),
    "count_draws": (
        _native.count_draws,
        ([("a", 1.0), ("b", 2.0)],),
        {"seed": 1, "pools": 1, "batches": 5},
    ),
    "count_turns": (
        _native.count_turns,
        ([1.0, 2.0],),
        {"pooling": "mixed", "seed": 1, "pool": 0, "first": 3, "end": 5},
    ),
    "Frequencies": (
        Frequencies,
        ([("/dev/null", 0, 0, 0, 0, 0, [(1, 2)])],),
        {"batches": [3], "special_tokens": ["<s>"], "spill": "/dev/null/rows.tmp", "memory": 10**6, "threads": 1},
    ),
    "read": (frequencies([], batches=[3]).read, (5,), {}),
    "split": (_native.split, ("a b",), {}),
    "starts": (_native.starts, ("abc",), {"first": True, "stride": 1}),
    "map_bytes": (_native.map_bytes, (b"a",), {}),
    "sample_tokenizer": (
        TokenizerSampler().sample_tokenizer,
        ({"a b": 1}, 400, 16, 4, 0.1, True, True),
        {"seed": 1},
    ),
}
ALL_CALLS = (*CALLS, "of_file", "verify_json")
COSTLY = {
    "draws",
    "batch_texts",
    "batches",
    "pools",
    "span",
    "first",
    "end",
}  # large values of these take hours

numbers = st.sampled_from([0, 1, 2, 391, 392, 2**31, 2**32, 2**62, 2**63, HIGHEST, 2**64, 2**80, -1, -(2**63)])
small_numbers = st.sampled_from([0, 1, 2, 2**64, 2**80, -1])
things = st.one_of(
    st.none(),
    st.floats(),
    st.text(max_size=3) | st.just("\ud800"),
    st.binary(max_size=30),
    st.just(object()),
    st.just([]) | st.just({}) | st.just(()) | st.just(COLUMN),
    st.binary(max_size=30).map(lambda raw: [raw, raw]),
    st.tuples(st.binary(max_size=24), st.binary(max_size=5)).map(lambda buffers: [buffers]),
    st.dictionaries(st.text(max_size=2) | st.integers(), numbers | st.floats() | st.just(object()), max_size=2),
    st.tuples(st.text(max_size=2), st.floats()).map(lambda language: [language]),
    st.tuples(numbers, st.lists(st.binary(max_size=9))).map(lambda language: [language]),
    st.tuples(numbers, numbers, numbers).map(lambda place: [place]),
)


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Call]:
    """Returns the name of a function -> a valid call of it; some calls read a file."""
    folder = tmp_path_factory.mktemp("files")
    write_parquet(folder / "python.parquet", ["a", "b"])
    cached = open_corpus(folder, "python", cache_dir=folder).handle
    counts = folder / "counts.json"
    counts.write_bytes(b'{\n  "b": 2,\n  "a": 1\n}')
    return CALLS | {
        "of_file": (TextColumn.of_file, (cached.path, cached.blocks), {}),
        "verify_json": (_native.verify_json, (counts,), {}),
    }


@pytest.mark.parametrize("name", ALL_CALLS)
def test_without_nonsense_a_call_has_the_right_arguments(name: str, calls: dict[str, Call]) -> None:
    function, positional, named = calls[name]
    function(*positional, **grouped(named))


@pytest.mark.parametrize("name", ALL_CALLS)
@given(data=st.data())
def test_nonsense_raises_pythons_errors(name: str, calls: dict[str, Call], data: st.DataObject) -> None:
    function, positional, named = calls[name]
    arguments = dict(enumerate(positional)) | named
    for key in data.draw(st.lists(st.sampled_from([*arguments]), min_size=1, max_size=2)):
        is_costly = key in COSTLY or (name, key) in (("texts", 1), ("run", 1))
        arguments[key] = data.draw((small_numbers if is_costly else numbers) | things, label=str(key))
    options = grouped({key: arguments[key] for key in named})
    try:
        function(*(arguments[index] for index in range(len(positional))), **options)
    except (ValueError, TypeError, OverflowError, IndexError, BufferError):
        return
    except AttributeError:
        assert name == "ShardRunner of groups"
    except OSError:
        assert name in ("of_file", "verify_json")


# The interpreter's lock


@contextmanager
def ticking() -> Iterator[list[float]]:
    """Yields the moments at which another thread ran, about a thousand a second while the lock is free."""
    moments: list[float] = []
    stopped = threading.Event()

    def tick() -> None:
        while not stopped.wait(0.001):
            moments.append(time.perf_counter())

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        yield moments
    finally:
        stopped.set()
        thread.join()


TEXT = " ".join(text_rows("python", 500))
LONG_SEGMENT = pack({f"{number:04x}".encode(): 1 for number in range(20_000)})


def merged(amount: int, folder: Path) -> Frequencies:
    path = folder / "long"
    path.write_bytes(LONG_SEGMENT)
    return frequencies([(path, 0, HIGHEST, 0, 20_000, 20_000, ())] * amount, batches=[1])


def verified(amount: int, folder: Path) -> tuple[int, int]:
    path = folder / "long.json"
    path.write_bytes(b"{\n" + b",\n".join([b'  "token": 1'] * (20_000 * amount)) + b"\n}")
    return _native.verify_json(path)


BUSY: dict[str, Callable[[int, Path], object]] = {
    "run": lambda amount, _: shard(draws=amount, batch_texts=32, batches=4, span=2000),
    "sample_tokenizer": lambda amount, _: TokenizerSampler().sample_tokenizer({TEXT * amount: 1}, 5000, 16),
    "survey_segment": lambda amount, _: [_native.survey_segment(LONG_SEGMENT) for _ in range(amount)],
    "Frequencies": merged,
    "verify_json": verified,
    "checksums": lambda amount, _: TextColumn([chunk([TEXT])] * amount * 10).checksums(),
}


@pytest.mark.parametrize("name", BUSY)
def test_other_threads_run_meanwhile(name: str, tmp_path: Path) -> None:
    begun = ended = 0.0
    amount = 50
    with ticking() as moments:
        while ended - begun < 0.3:
            amount *= 2
            begun = time.perf_counter()
            BUSY[name](amount, tmp_path)
            ended = time.perf_counter()
    assert sum(begun + 0.01 < moment < ended - 0.01 for moment in moments) > 15
