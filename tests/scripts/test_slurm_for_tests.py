"""The Slurm that `scripts/slurm_for_tests.sh` unpacks, started by `support.slurm`."""

from pathlib import Path

import psutil
from support.slurm import cluster


def test_runs_an_array_two_at_a_time_and_leaves_no_process(tmp_path: Path) -> None:
    with cluster() as slurm:
        script = f'echo "$SLURM_ARRAY_TASK_ID" > "{tmp_path}/$SLURM_ARRAY_TASK_ID"'
        slurm.call("sbatch", "--array=0-3", f"--chdir={tmp_path}", f"--wrap={script}")
        slurm.wait_for(lambda: slurm.states() == [f"1_{n}=COMPLETED" for n in range(4)], "four elements")
        started = [child.pid for child in psutil.Process().children() if child.name().startswith("slurm")]
    assert sorted(path.read_text().strip() for path in tmp_path.glob("[0-9]")) == ["0", "1", "2", "3"]
    assert len(started) == 2
    assert not any(map(psutil.pid_exists, started))


def test_two_clusters_run_side_by_side_and_end_with_a_slurm_job_in_them(tmp_path: Path) -> None:
    with cluster() as one, cluster(max_array_size=4) as other:
        for slurm in (one, other):
            slurm.call("sbatch", f"--chdir={tmp_path}", "--wrap=sleep 600")
        one.wait_for(lambda: one.states() + other.states() == ["1=RUNNING"] * 2, "both run")
        assert "MaxArraySize            = 4\n" in other.call("scontrol", "show", "config")
