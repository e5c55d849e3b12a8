"""Pages that only a mock has: its inbox and its mailbox."""
