"""Faults of quotes.

- fields.py: quotes that lack what each is to have (QUO-3, QUO-4, QUO-5)
- filters.py: status filters that give too much or too little (QUO-2)
- shapes.py: quotes that aren't a list (QUO-1)
- showings.py: quotes that are shown twice, or otherwise under a filter (QUO-1, QUO-2)
"""
