from growing import grow, load


def test_growing(scaling):
    scaling(grow, *load(), parameter="n_jobs")
