"""Options of a run, from the command line, the environment and conformance.toml."""
