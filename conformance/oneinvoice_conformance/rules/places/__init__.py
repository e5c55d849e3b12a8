"""Places in answers and in deliveries at which a failure shows."""
