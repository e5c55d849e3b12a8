"""Faults of members.

- filters.py: status filters that give too much, too little or the wrong page (MEM-5, MEM-7, MEM-8)
- limits.py: pages that hold too few or too many (MEM-2, MEM-3, MEM-4)
- page_sizes.py: pages of another largest size than 200 (MEM-3)
- positions.py: pages that overlap, leave gaps or begin at the wrong place (MEM-5, MEM-6)
- shapes.py: members that aren't a list (MEM-1)
- showings.py: members that are shown twice, or otherwise on one list than on another (MEM-5)
"""
