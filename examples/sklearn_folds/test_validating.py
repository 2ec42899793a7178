from joblib import parallel_config
from validating import validate


def test_validating(scaling):
    scaling(lambda _count, _: validate(8), setup=lambda n: parallel_config("threading", n_jobs=n))
