"""Settings: keys, webhooks, and what was delivered."""
