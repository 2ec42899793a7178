from smoothing import load, smooth


def test_smoothing(scaling):
    scaling(smooth, load(), environ="POLARS_MAX_THREADS")
