"""Ways to call pytest and to mark tests, drawn, each with a lossy, an unchanged and a broken head.

A gate that is green by a way of calling it is worse than none: ``python -m benchmarks.lab.sweep``.
"""
