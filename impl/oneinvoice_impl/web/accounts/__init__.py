"""Log in, found an organisation, and see what it has."""
