"""Outcomes, findings, results and the verdict over them."""
