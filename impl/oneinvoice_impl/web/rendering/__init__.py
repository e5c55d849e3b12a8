"""Pages, parts of pages, and the files beside them."""
