"""Use of keys: which used what a change concerns, by the records that a mock, a proxy or a database kept."""
