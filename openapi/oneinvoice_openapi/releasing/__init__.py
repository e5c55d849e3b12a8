"""Release of the contract: proposed from what changed, refused where it breaks a promise, written all or not at all."""
