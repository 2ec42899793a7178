from prices import prices


def test_prices(speedup, service):
    speedup(prices, service, ["tea", "coffee", "milk", "sugar", "salt", "rice", "oil", "bread"])
