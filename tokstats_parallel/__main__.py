"""`python -m tokstats_parallel` is the command `tokstats`."""

from tokstats_parallel.system.import_path import leave_out_callers_folders

leave_out_callers_folders()  # before any other import, because Python has put the working folder first

from tokstats_parallel.commands.main import run  # noqa: E402 - see above

if __name__ == "__main__":
    run()
