from fitting import fit


def test_fitting(speedup):
    speedup(fit, 8)
