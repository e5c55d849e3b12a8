"""Proposals: a mock serves a contract that its user gives, in the place of the package's own."""
