"""The contract in the tools of those who use it: what they make of it reads a real mock and its events.

So does what they made of earlier releases (`test_old_clients.py`).

Another tool is added with its exact version in `package.json`, its lock in `package-lock.json` (written by
`npm install --package-lock-only --omit-lockfile-registry-resolved`), and a test in `test_generators.py`.
"""
