"""`docs/kubernetes.md`: its manifests fit the schema and `plan`; its commands run, and its pods' exit codes are right.

There is no cluster: a script stands for `kubectl`, and processes with the environment of a pod stand for pods.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.paths import ROOT
from support.places import make_place
from support.shell import shell_environment

from tokstats_parallel.commands.main import main

PAGE = (ROOT / "docs" / "kubernetes.md").read_text("utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
RESOURCES = [resource for block in BLOCKS for resource in yaml.safe_load_all(block)]
LINES = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
    if not line.startswith(("pip ", "docker "))
]
KUBECTL = """#!/bin/sh
case "$1" in
exec) shift 3; exec "$@";;
cp) exec cp -r "${2#tokstats:}" "${3#tokstats:}";;
apply|wait|delete) ;;
*) exit 1;;
esac
"""


class Pods:
    """Pods of the page: the shared volume is a folder, and the page's paths are changed to it."""

    def __init__(self, folder: Path) -> None:
        place = make_place(folder)
        self.folder, self.shared = folder, folder / "shared"
        self.shared.mkdir()
        (folder / "configs").mkdir()
        shutil.copy(place.config, folder / "configs" / "demo.json")
        shutil.copytree(folder / "train", folder / "demo" / "train")
        self.environment = shell_environment(folder / "home")
        kubectl = folder / "home" / "tools" / "kubectl"
        kubectl.write_text(KUBECTL, "utf-8")
        kubectl.chmod(0o755)

    def shell(self, line: str, batches: int = 80) -> str:
        """Runs a line of the page in which a small run stands for the demo's."""
        line = line.replace("/shared", str(self.shared)).replace("4000", str(batches))
        done = subprocess.run(
            [shutil.which("bash") or "bash", "-o", "pipefail", "-c", line],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        return done.stdout

    def job(self) -> dict[str, Any]:
        """The job that the page's lines have written."""
        job: dict[str, Any] = yaml.safe_load((self.folder / "work.yaml").read_text("utf-8"))
        return job

    def start(self, job: dict[str, Any], index: int, *prefix: str) -> "subprocess.Popen[str]":
        """Starts a pod of an indexed job, which has the number of the pod in its environment and little else."""
        (container,) = job["spec"]["template"]["spec"]["containers"]
        environment = {"PATH": self.environment["PATH"], "JOB_COMPLETION_INDEX": str(index)}
        return subprocess.Popen(
            [*prefix, *container["command"]], env=environment, stderr=subprocess.PIPE, text=True, cwd="/"
        )


def action(job: dict[str, Any], code: int) -> str:
    """Returns the action of the job's policy for a pod's exit code: the first rule that fits, or a counted failure."""
    for rule in job["spec"]["podFailurePolicy"]["rules"]:
        if code in rule.get("onExitCodes", {}).get("values", []):
            return str(rule["action"])
    return "Count"


@pytest.fixture
def pods(tmp_path: Path) -> Pods:
    return Pods(tmp_path)


def planned(pods: Pods, batches: int = 80) -> dict[str, Any]:
    for line in LINES[: LINES.index("kubectl apply -f work.yaml")]:
        pods.shell(line, batches)
    return pods.job()


def test_the_commands_run_in_their_order(pods: Pods) -> None:
    for line in LINES:
        if line == "kubectl apply -f work.yaml":
            job = pods.job()
            assert job["spec"]["completions"] == 4
            started = [pods.start(job, index) for index in range(4)]
            assert [(pod.communicate(), pod.returncode)[1] for pod in started] == [0] * 4
        else:
            pods.shell(line)
    here = pods.folder / "here.json"
    options = ["--special-tokens", "<unk>,<s>,</s>", "--eos-token", "</s>", "--cache-dir", str(pods.folder / "cache")]
    where = ["--set", f"train_directory={pods.folder}/train", "--output-file", str(here), "--workers", "1"]
    assert main(["collect", str(pods.folder / "config.json"), "--num-batches", "80", *options, *where]) == 0
    assert (pods.folder / "frequencies.json").read_bytes() == here.read_bytes()
    assert (pods.folder / "frequencies.parquet").read_bytes() == here.with_suffix(".parquet").read_bytes()


def test_the_manifest_is_the_one_that_plan_prints(pods: Pods) -> None:
    for line in LINES[: LINES.index("kubectl apply -f work.yaml") - 1]:
        pods.shell(line)
    printed = (pods.folder / "work.yaml").read_text("utf-8")
    assert printed.replace(str(pods.shared), "/shared") == BLOCKS[1]


def test_wrong_usage_ends_the_job_and_other_failures_count(pods: Pods) -> None:
    job = planned(pods)
    (container,) = job["spec"]["template"]["spec"]["containers"]
    container["command"][-1] = "5"
    pod = pods.start(job, 0)
    assert "--tasks says 5 tasks, but the plan has 4" in pod.communicate()[1]
    assert action(job, pod.returncode) == "FailJob"
    container["command"][-1] = "4"
    shutil.rmtree(pods.shared / "train")
    pod = pods.start(job, 0)
    assert "no such data" in pod.communicate()[1]
    assert action(job, pod.returncode) == "Count"


@pytest.mark.parametrize("first", [False, True], ids=["a process", "the first process"])
def test_a_pod_that_is_ended_is_tried_again(first: bool, pods: Pods) -> None:
    """The first process of a container has no signal handlers but its own."""
    job = planned(pods, batches=400_000)
    prefix = ["unshare", "--pid", "--fork", "--mount-proc"] if first else []
    if first and subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no namespace of processes can be made here")
    pod = pods.start(job, 0, *prefix)
    end = time.monotonic() + 60
    while not list((pods.shared / "run").glob("*.partial")):
        assert time.monotonic() < end
        assert pod.poll() is None
        time.sleep(0.05)
    begun = time.monotonic()
    os.kill(child_of(pod.pid) if first else pod.pid, signal.SIGTERM)
    assert "interrupted; the same command goes on from here" in pod.communicate()[1]
    assert time.monotonic() - begun < job["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert (pod.returncode, action(job, pod.returncode)) == (3, "Ignore")


def child_of(pid: int) -> int:
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


def test_the_manifests_fit_the_schema() -> None:
    kubernetes = pytest.importorskip("kubernetes_validate", reason="`make dev` installs kubernetes-validate")
    versions = [version for version in kubernetes.utils.all_versions() if int(version.split(".")[1]) >= 29]
    assert len(versions) >= 9
    assert [resource["kind"] for resource in RESOURCES] == ["PersistentVolumeClaim", "Pod", "Job"]
    for version in (versions[0], versions[-1]):
        for resource in RESOURCES:
            kubernetes.validate(resource, version, strict=True)
        with pytest.raises(kubernetes.ValidationError):
            kubernetes.validate(RESOURCES[-1] | {"specs": {}}, version, strict=True)
