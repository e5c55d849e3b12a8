"""The command line: one module for each command, and the options for report files."""
