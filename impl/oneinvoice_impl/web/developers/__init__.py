"""Pages for those who write clients: the API's document and its roadmap."""
