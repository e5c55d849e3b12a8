"""Reports of a verdict on a client, as far as they aren't those of any run."""
