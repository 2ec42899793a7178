from reading import read_all


def test_reading(scaling):
    scaling(read_all, range(8), parameter="n_jobs")
