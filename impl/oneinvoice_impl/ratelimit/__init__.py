"""How many requests a key may send: a sliding window of a minute, in this process or shared through Redis."""
