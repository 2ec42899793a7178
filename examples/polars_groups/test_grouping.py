from grouping import group


def test_grouping(scaling):
    scaling(group, environ="POLARS_MAX_THREADS")
