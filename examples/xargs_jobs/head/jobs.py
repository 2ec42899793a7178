"""Runs jobs in processes of a shell's."""

import subprocess


def run_all(processes, jobs):
    """Run each job, so many at once."""
    command = ["xargs", "-n", "8", "-P", str(processes), "sleep"]
    return subprocess.run(command, input=" ".join(jobs), text=True, check=True).returncode
