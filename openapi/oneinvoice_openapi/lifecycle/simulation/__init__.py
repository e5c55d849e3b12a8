"""Simulation of a lifecycle: a mock is taken through its days, and each of them is judged."""
