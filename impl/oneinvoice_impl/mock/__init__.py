"""What turns the reference implementation into a mock server: its data, and what it prints."""
