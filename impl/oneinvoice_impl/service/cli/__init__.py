"""Commands of `oneinvoice-service`."""
