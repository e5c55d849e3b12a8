"""Judgement of answers to requests that are to be refused: their status, and the records in their body."""
