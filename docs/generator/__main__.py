"""`python -m docs.generator`."""

from docs.generator.pages import write

print(*write(), sep="\n")
