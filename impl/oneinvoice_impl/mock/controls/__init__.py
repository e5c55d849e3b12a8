"""The controls under `/_mock/`."""
