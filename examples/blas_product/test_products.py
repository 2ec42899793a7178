from products import product
from threadpoolctl import threadpool_limits


def test_products(scaling):
    scaling(lambda _count, _limits: product(), setup=threadpool_limits)
