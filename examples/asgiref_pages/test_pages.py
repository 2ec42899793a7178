from pages import page


def pages(executor, numbers):
    return list(executor.map(page, numbers))


def test_pages(speedup):
    speedup(pages, range(8))
