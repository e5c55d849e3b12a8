"""`python -m oneinvoice_impl` is `oneinvoice-mock`."""

from oneinvoice_impl.cli import main

main()
