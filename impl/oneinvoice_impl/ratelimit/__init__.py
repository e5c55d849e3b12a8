"""The rate limit of keys: a sliding window of a minute, in this process or shared through Redis."""
