"""Earlier reports: what v1 answered then, and what changed since."""
