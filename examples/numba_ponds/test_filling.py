from filling import fill, load
from numba import set_num_threads


def test_filling(scaling):
    ponds = load()
    scaling(lambda _count: fill(ponds), setup=set_num_threads)
