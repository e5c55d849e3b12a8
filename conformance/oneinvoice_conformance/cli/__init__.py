"""The command line: one module for each command, and what names the files of its reports."""
