"""The parts of `oneinvoice-spec check`: each returns the problems of a document, a sentence each."""
