"""Grows a forest of decision trees."""

from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier

TREES = 4


def load():
    """Stand for samples, and what kind each of them is."""
    return make_classification(1500, 60, n_informative=10, random_state=0)


def grow(samples, kinds, n_jobs):
    """Grow the trees, and tell how many leaves each has."""
    forest = RandomForestClassifier(max_features=None, random_state=0, n_jobs=n_jobs)
    forest.set_params(warm_start=True)
    for trees in range(1, TREES + 1):
        forest.set_params(n_estimators=trees).fit(samples, kinds)
    return [tree.get_n_leaves() for tree in forest.estimators_]
