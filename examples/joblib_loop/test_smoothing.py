from smoothing import smooth_all


def test_smoothing(speedup):
    speedup(smooth_all, [[n / 10, n, n * 10] for n in range(8)], steps=5)
