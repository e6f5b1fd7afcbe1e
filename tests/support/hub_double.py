"""Double of the hub on this machine: a folder with the hub's layout, read by a file system with faults or by HTTP."""

from __future__ import annotations

import json
import random
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx2
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem
from huggingface_hub.errors import HfHubHTTPError

from tokstats_parallel.prepare.sources.hub import HubAccess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REPO = "bigcode/starcoderdata"
COMMIT = "a" * 40
BASE = f"datasets/{REPO}@{COMMIT}"


def rows_of(language: str, count: int) -> list[str]:
    """Returns the texts that `make_dataset` puts into a language's files; all differ, and their lengths vary."""
    sizes = random.Random(language)  # noqa: S311 - repeatable
    return [f"{language} {row}\n" + "x = é\n" * sizes.randrange(60) for row in range(count)]


def make_dataset(root: Path, language: str, *, rows: int = 3000, files: int = 3, row_group: int = 250) -> list[str]:
    """Writes the Parquet files `{language}/train-*.parquet` below `root`, as the hub has them; returns the texts."""
    texts = rows_of(language, rows)
    folder = root / BASE / language
    folder.mkdir(parents=True)
    for index in range(files):
        part = texts[index * rows // files : (index + 1) * rows // files]
        table = pa.table({"id": list(range(len(part))), "content": part})
        pq.write_table(table, folder / f"train-{index:05}-of-{files:05}.parquet", row_group_size=row_group)
    return texts


def http_error(status: int, **headers: str) -> HfHubHTTPError:
    """Returns the error that the hub's client raises for a response with the status `status`."""
    request = httpx2.Request("GET", "http://hub.test/file")
    response = httpx2.Response(status, headers=headers, request=request)
    return HfHubHTTPError(f"{status} for file", response=response)


@dataclass
class Faults:
    """Faults of reads.

    Attributes:
        share: Probability that a read fails.
        first: Number of reads at the beginning that all fail.
        seed: Seed of the choice of failing reads and of their faults.
        kinds: Names of the faults to choose from.
        counted: Name of a fault -> number of reads that failed by it.
    """

    share: float = 0.0
    first: int = 0
    seed: int = 0
    kinds: tuple[str, ...] = ("timeout", "reset", "transport", "429", "503", "short")
    counted: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._reads = 0
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable

    def next(self) -> str | None:
        self._reads += 1
        if self._reads > self.first and self._random.random() >= self.share:
            return None
        kind = self._random.choice(self.kinds)
        self.counted[kind] = self.counted.get(kind, 0) + 1
        return kind


class FaultyFile:
    """File whose reads fail as `faults` says."""

    def __init__(self, file: Any, faults: Faults) -> None:
        self._file = file
        self._faults = faults

    def read(self, size: int = -1) -> bytes:
        match self._faults.next():
            case None:
                data: bytes = self._file.read(size)
                return data
            case "timeout":
                raise TimeoutError("timed out")
            case "reset":
                raise ConnectionResetError("reset by peer")
            case "transport":
                raise httpx2.ReadError("broken")
            case "short":
                whole: bytes = self._file.read(size)
                return whole[: len(whole) // 2]
            case status:
                raise http_error(int(status), **{"Retry-After": "7"})

    def seek(self, offset: int, whence: int = 0) -> int:
        new_offset: int = self._file.seek(offset, whence)
        return new_offset

    def close(self) -> None:
        self._file.close()


class FaultyFiles(DirFileSystem):  # type: ignore[misc] # fsspec has no types
    """File system of a folder, whose reads fail as `faults` says."""

    def __init__(self, root: Path, faults: Faults) -> None:
        super().__init__(str(root), LocalFileSystem())
        self.faults = faults

    def open(self, path: str, mode: str = "rb", **options: Any) -> FaultyFile:
        del options
        return FaultyFile(super().open(path, mode), self.faults)


def folder_hub(root: Path, faults: Faults | None = None) -> HubAccess:
    """Returns access to a hub whose files are in the folder `root`."""
    return HubAccess(FaultyFiles(root, faults or Faults()), lambda _repo, _revision: COMMIT)


class _Handler(BaseHTTPRequestHandler):
    """Handler of the three requests that the client makes: for a commit, for a listing, for a range of a file."""

    server: HubServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        del format, args

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if re.fullmatch(rf"/api/datasets/{REPO}(/revision/.*)?", path):
            self._json({"id": REPO, "sha": COMMIT, "siblings": [], "tags": []})
        elif found := re.fullmatch(rf"/api/datasets/{REPO}/tree/{COMMIT}/?(.*)", path):
            self._tree(found[1])
        elif found := re.fullmatch(rf"/datasets/{REPO}/resolve/{COMMIT}/(.*)", path):
            self._file(found[1])
        else:
            self._send(404, b"", {"X-Error-Code": "RepoNotFound"})

    def _tree(self, name: str) -> None:
        folder = self.server.root / BASE / name
        if not folder.is_dir():
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        self._json(
            [
                {
                    "type": "directory" if path.is_dir() else "file",
                    "path": str(path.relative_to(self.server.root / BASE)),
                    "oid": "0" * 40,
                    "size": path.stat().st_size,
                }
                for path in sorted(folder.iterdir())
            ]
        )

    def _file(self, name: str) -> None:
        if self.server.gated:
            self._send(403, b"", {"X-Error-Code": "GatedRepo", "X-Error-Message": "gated"})
            return
        first, last = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"]).groups()  # type: ignore[union-attr]
        data = (self.server.root / BASE / name).read_bytes()
        self._send(206, data[int(first) : int(last) + 1], {})

    def _json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class HubServer(ThreadingHTTPServer):
    """Server of the hub's HTTP interface, with the files of the folder `root`; a gated one refuses files."""

    daemon_threads = True

    def __init__(self, root: Path, *, gated: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.gated = gated


@contextmanager
def http_hub(root: Path, *, gated: bool = False) -> Iterator[str]:
    """Serves the folder `root` by HTTP as the hub does, until the `with` block ends; yields the address."""
    server = HubServer(root, gated=gated)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
