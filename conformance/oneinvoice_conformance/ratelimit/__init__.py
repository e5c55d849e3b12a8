"""The measured rate limit: phases of an overload, and bounds on what a limiter may have counted (see `overload`)."""
