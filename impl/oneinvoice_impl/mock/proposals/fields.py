"""Fields of records, as the schemas of a document name them."""

from __future__ import annotations

from collections.abc import Iterator

from oneinvoice_impl.mock.proposals.schemas import Places, Schemas

Way = tuple[str, ...]
"""The resource of a record, and the names that lead to a field in it: `("invoices", "customer", "vat_number")`."""


def fields_below(schemas: Schemas, places: Places, way: Way, above: frozenset[Places] = frozenset()) -> Iterator[Way]:
    """Yield the ways to the fields of an object and to those in them, of any branch, from the way to it on.

    A schema within itself, which has the places of one `above`, is not looked into again.
    """
    if places in above:
        return
    above |= {places}
    shape = schemas.shape(places)
    for name, inner in shape.properties.items():
        yield (*way, name)
        yield from fields_below(schemas, inner, (*way, name), above)
    for choice in shape.choices:
        for branch in choice.branches:
            yield from fields_below(schemas, branch, way, above)
