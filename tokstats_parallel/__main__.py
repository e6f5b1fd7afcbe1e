"""`python -m tokstats_parallel` is the command `tokstats`."""

from tokstats_parallel.commands.main import run

if __name__ == "__main__":
    run()
