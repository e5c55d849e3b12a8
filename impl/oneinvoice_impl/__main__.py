"""`python -m oneinvoice_impl` is `oneinvoice-mock`."""

from oneinvoice_impl.mock.cli.main import main

main()
