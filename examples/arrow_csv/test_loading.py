from loading import load, set_threads


def test_loading(scaling):
    scaling(lambda _count: load(), setup=set_threads)
