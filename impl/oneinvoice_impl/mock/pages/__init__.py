"""Pages that only a mock has: its inbox, its mailbox and its journal."""
