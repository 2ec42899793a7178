"""What a comparison leaves behind that ends normally, is interrupted, or is killed at any moment.

``python -m benchmarks.lab.kills --count 20 --seed 1``
"""
