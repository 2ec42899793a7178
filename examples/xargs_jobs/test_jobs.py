from jobs import run_all


def test_jobs(scaling):
    scaling(run_all, ["0.02"] * 8)
