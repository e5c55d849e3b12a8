"""The command line `oneinvoice-mock`."""
