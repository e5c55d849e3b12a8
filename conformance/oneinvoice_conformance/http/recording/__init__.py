"""Recordings: HTTP archives (HAR 1.2) of the suite, browsers and proxies, and answers to requests from them.

A file becomes a log (`archive`), its entries exchanges or reasons why they are left out (`entries`, `content`), and
these a recording of one deployment by one caller (`recording`, `senders`), by which a `transport` answers.
"""
