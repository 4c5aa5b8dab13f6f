"""Measures Budbok against limits that run beside it: every figure is a ratio within one run."""
