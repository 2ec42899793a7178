from moving import follow, load
from threadpoolctl import threadpool_limits


def test_moving(scaling):
    groups, moves = load()
    scaling(lambda _count, _limits: follow(groups, moves), setup=threadpool_limits)
