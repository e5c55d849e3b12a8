"""What is true of keys, quotes and invoices, whatever stores or serves them."""
