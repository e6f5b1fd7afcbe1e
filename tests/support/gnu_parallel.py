"""GNU parallel for a test, and an SSH server on this machine that stands for others.

`scripts/parallel_for_tests.sh` unpacks both into `.parallel`; without it, tests take installed ones, or are skipped.
"""

import os
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.paths import ROOT

UNPACKED = ROOT / ".parallel"
_WAIT_SECONDS = 30.0
_PATH = os.pathsep.join(
    [*(str(UNPACKED / "usr" / part) for part in ("bin", "sbin")), os.environ.get("PATH", ""), "/usr/sbin"]
)
_SERVER_CONFIG = """\
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
StrictModes no
UsePAM no
PidFile none
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
"""
_SSH = "ssh -F none -i {folder}/user -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
# As root, the server wants a user and a folder that only an installation makes; here only the server sees them.
_AS_ROOT = "mount --bind {folder}/passwd /etc/passwd && mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd && exec {}"


def program(name: str) -> str:
    """Returns the path of a program; skips the test if there is none."""
    found = shutil.which(name, path=_PATH)
    if not found:
        reason = UNPACKED / "missing"
        why = reason.read_text("utf-8").strip() if reason.exists() else "scripts/parallel_for_tests.sh gets it"
        pytest.skip(f"no {name}: {why}")
    return found


@dataclass(frozen=True)
class SshServer:
    """SSH server on a port of its own.

    Attributes:
        login: Line of an `--sshloginfile` that leads to the server.
        command: Command that logs in, without the line of the remote command.
    """

    login: str
    command: list[str]


@contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """Starts a server that any program with the key in a folder may log in to; skips the test if it cannot be started.

    Args:
        folder: New folder for its files.
    """
    daemon, words = program("sshd"), _SSH.format(folder=folder)
    folder.mkdir()
    for name in ("host", "user"):
        subprocess.run([program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    (folder / "config").write_text(_SERVER_CONFIG.format(port=port, folder=folder), "utf-8")
    start = [daemon, "-D", "-e", "-f", str(folder / "config")]
    if os.geteuid() == 0:
        users = Path("/etc/passwd").read_text("utf-8")
        if "\nsshd:" not in users:
            users += "sshd:x:74:65534::/run/sshd:/usr/sbin/nologin\n"
        (folder / "passwd").write_text(users, "utf-8")
        start = [program("unshare"), "--mount", "sh", "-c", _AS_ROOT.format(shlex.join(start), folder=folder)]
    libraries = os.pathsep.join(map(str, UNPACKED.glob("usr/lib/*-linux-gnu")))
    environment = os.environ | ({"LD_LIBRARY_PATH": libraries} if libraries else {})
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(start, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
    try:
        command = [*shlex.split(words), "-p", str(port), "127.0.0.1"]
        _wait_until_it_answers(server, command, folder / "log")
        yield SshServer(f"{words} -p {port} 127.0.0.1", command)
    finally:
        server.terminate()
        server.wait(_WAIT_SECONDS)


def _wait_until_it_answers(server: "subprocess.Popen[bytes]", command: list[str], log: Path) -> None:
    end = time.monotonic() + _WAIT_SECONDS
    while subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        if server.poll() is not None:
            pytest.skip(f"no SSH server can be started here: {log.read_text('utf-8', 'replace').strip()[-200:]}")
        assert time.monotonic() < end, log.read_text("utf-8", "replace")
        time.sleep(0.1)
