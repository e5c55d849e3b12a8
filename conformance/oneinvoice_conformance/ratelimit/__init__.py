"""The measured rate limit: an overload, and bounds on what a limiter may have counted."""
