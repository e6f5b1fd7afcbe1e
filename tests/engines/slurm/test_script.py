"""The batch script of an array: its options, its quoting, and what its shell does."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tokstats_parallel.engines.slurm.options import SlurmOptions
from tokstats_parallel.engines.slurm.script import Array, log_path, render, sbatch_options
from tokstats_parallel.errors import ConfigError

ARRAY = Array(name="tokstats-1", folder=Path("/work/out"), tasks=4, width=4, elements=frozenset(range(4)))
PLAIN = SlurmOptions(partition="main", time="1:00:00")


def test_the_whole_script_of_a_usual_run() -> None:
    options = replace(PLAIN, array_parallelism=2, cpus_per_task=8, mem="16G", sbatch=(("account", "lab"), ("nice", "")))
    assert render(replace(ARRAY, elements=frozenset({0, 2, 3})), options) == (
        "#!/bin/bash\n"
        "#SBATCH --job-name=tokstats-1\n"
        "#SBATCH --array=0,2-3%2\n"
        "#SBATCH --chdir=/work/out\n"
        "#SBATCH --output=/work/out/slurm-%A_%a.log\n"
        "#SBATCH --open-mode=append\n"
        "#SBATCH --ntasks=1\n"
        "#SBATCH --cpus-per-task=8\n"
        "#SBATCH --signal=B:USR1@60\n"
        "#SBATCH --partition=main\n"
        "#SBATCH --time=1:00:00\n"
        "#SBATCH --mem=16G\n"
        "#SBATCH --requeue\n"
        "#SBATCH --account=lab\n"
        "#SBATCH --nice\n"
        "# The shell is replaced, so that signals reach the program itself.\n"
        f"exec {sys.executable} -P -m tokstats_parallel work /work/out --tasks 4 --workers auto --no-progress "
        '--task "$SLURM_ARRAY_TASK_ID"\n'
    )


def test_values_with_blanks_and_quotes_are_quoted_as_sbatch_reads_them() -> None:
    script = render(ARRAY, replace(PLAIN, sbatch=(("comment", 'it\'s # a "test" \\ $HOME'), ("nice", "-5"))))
    assert '#SBATCH --comment="it\'s # a \\"test\\" \\\\ $HOME"\n#SBATCH --nice=-5\n' in script


def test_options_that_are_given_replace_those_of_the_program() -> None:
    options = sbatch_options(ARRAY, replace(PLAIN, sbatch=(("signal", "B:USR1@300"), ("no-requeue", ""))))
    assert "--signal=B:USR1@300" in options
    assert "--no-requeue" in options
    assert "--requeue" not in options
    assert "--signal=B:USR1@60" not in options


def test_the_environment_comes_first_and_must_succeed(tmp_path: Path) -> None:
    options = replace(PLAIN, env_command="echo loading\nfalse")
    done = run(render(ARRAY, options), tmp_path)
    assert (done.returncode, done.stdout) == (1, "loading\n")
    assert done.stderr.startswith("tokstats: error: a command of --env-command failed on ")


def test_with_an_environment_the_program_is_the_one_in_its_path(tmp_path: Path) -> None:
    stub(tmp_path, 'echo "$0 $*"')
    script = render(
        replace(ARRAY, folder=tmp_path / "it's $HOME"), replace(PLAIN, env_command=f"PATH={tmp_path}:$PATH")
    )
    done = run(script, tmp_path, element=3)
    assert done.stdout == (
        f"{tmp_path}/tokstats work {tmp_path}/it's $HOME --tasks 4 --workers auto --no-progress --task 3\n"
    )


def test_an_element_with_several_tasks_runs_one_after_the_other(tmp_path: Path) -> None:
    stub(tmp_path, 'echo "$@" | sed "s/.*--task //"')
    assert run(several(tmp_path, tasks=10), tmp_path, element=1).stdout.split() == ["1", "4", "7"]


def test_a_task_that_fails_ends_its_element_with_its_exit_code(tmp_path: Path) -> None:
    stub(tmp_path, 'echo "$@" | sed "s/.*--task //"; case "$*" in *4) exit 7;; esac')
    done = run(several(tmp_path, tasks=10), tmp_path, element=1)
    assert (done.returncode, done.stdout.split()) == (7, ["1", "4"])


@pytest.mark.parametrize("signal", ["USR1", "TERM"])
def test_a_signal_reaches_the_task_and_the_element_waits_for_its_end(tmp_path: Path, signal: str) -> None:
    stub(
        tmp_path,
        f"trap 'sleep 0.3; echo left; exit 3' {signal}; echo begun; kill -s {signal} \"$PPID\"; "
        "i=0; while [ $i -lt 100 ]; do i=$((i + 1)); sleep 0.1; done",
    )
    done = run(several(tmp_path, tasks=10), tmp_path, element=1)
    assert (done.returncode, done.stdout.split()) == (3, ["begun", "left"])


@pytest.mark.parametrize("name", ["a\nb", "a\\b", "a\udcff"])
def test_a_folder_whose_name_slurm_does_not_take(name: str) -> None:
    with pytest.raises(ConfigError, match="choose another --work-dir"):
        render(replace(ARRAY, folder=Path("/work") / name), PLAIN)


def test_a_percent_sign_in_the_name_of_the_folder_means_nothing() -> None:
    assert "--output=/work/100%%A/slurm-%A_%a.log" in sbatch_options(replace(ARRAY, folder=Path("/work/100%A")), PLAIN)


def test_the_path_of_a_log_is_the_one_that_sbatch_is_told() -> None:
    assert log_path(Path("/work/out"), "17", 3) == Path("/work/out/slurm-17_3.log")


def stub(folder: Path, body: str) -> None:
    """Puts a program in the place of `tokstats`."""
    (folder / "tokstats").write_text(f"#!/bin/bash\n{body}\n")
    (folder / "tokstats").chmod(0o755)


def several(folder: Path, tasks: int) -> str:
    array = replace(ARRAY, tasks=tasks, width=3, elements=frozenset(range(3)))
    return render(array, replace(PLAIN, env_command=f"PATH={folder}:$PATH"))


def run(script: str, folder: Path, element: int = 0) -> subprocess.CompletedProcess[str]:
    """Runs a batch script as Slurm does, without Slurm."""
    return subprocess.run(
        ["bash", "-c", script],  # noqa: S607 - as Slurm finds it
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": "/home/none", "SLURM_ARRAY_TASK_ID": str(element)},
        capture_output=True,
        text=True,
        check=False,
    )
