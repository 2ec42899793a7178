"""Evaluation: how often the verdict errs, on recorded rounds, beside the rules of others."""
