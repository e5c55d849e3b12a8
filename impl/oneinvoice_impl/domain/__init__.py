"""Rules of members, quotes, invoices, keys and announcements, whatever stores or serves them."""
