"""Faults of invoices.

- fields.py: invoices that don't say whether and when they are to be paid (INV-3, INV-4, INV-5)
- filters.py: status filters that give too much or too little (INV-2)
- shapes.py: invoices that aren't a list (INV-1)
- showings.py: invoices that are shown twice, otherwise under a filter, or as what they are not (INV-1 to INV-3)
"""
