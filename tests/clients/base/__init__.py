"""Correct client of the standard library: a puller and a receiver, which share a store, made of steps to override."""
