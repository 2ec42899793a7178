"""Whole comparisons on simulated processes and a simulated clock, with recorded noise."""
