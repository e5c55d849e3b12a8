"""Pages of quotes and invoices."""
