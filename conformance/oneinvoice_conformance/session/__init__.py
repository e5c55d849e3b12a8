"""A rule's view of a deployment: its pages and lists, and the authored contract."""
