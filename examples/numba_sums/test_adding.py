from adding import add
from numba import set_num_threads


def test_adding(scaling):
    scaling(lambda _count: add(1_000_000), setup=set_num_threads)
