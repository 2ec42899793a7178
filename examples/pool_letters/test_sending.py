from sending import open_pool, send_all


def test_sending(scaling):
    scaling(lambda _count, pool: send_all(pool, range(8)), setup_once=open_pool)
