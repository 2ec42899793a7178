"""Evaluation: how often the verdict errs, on recorded and on live runs, beside other rules."""
