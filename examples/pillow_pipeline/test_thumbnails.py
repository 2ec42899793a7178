from thumbnails import thumbnails, upload


def test_thumbnails(speedup):
    speedup(thumbnails, [upload(size) for size in range(1000, 1400, 50)])
