"""Reports: each format makes the text of a file from one redacted report."""
