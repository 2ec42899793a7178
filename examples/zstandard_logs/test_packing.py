from packing import load, pack


def test_packing(scaling):
    scaling(pack, load())
