"""Sandboxes: mocks within a mock, which share its address and nothing else."""
