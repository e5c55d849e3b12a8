"""Faults of versions.

- changes.py: changes within v1 that break its clients, and its end; an earlier report shows them (VER-2, VER-3)
- versions.py: versions that are not in the URL (VER-1)
"""
