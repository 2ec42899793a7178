from pinging import ping_all


def test_pinging(scaling):
    scaling(ping_all, ["alpha", "beta"] * 4)
