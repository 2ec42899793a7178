from fetching import fetch_all


def test_fetching(scaling):
    scaling(fetch_all, ["/page"] * 8, parameter="max_workers")
