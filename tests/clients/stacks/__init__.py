"""Well-known HTTP stacks in their default settings: what a client keeps and breaks that leaves retries to them.

Each program in `programs/` gets a page as the documentation of its library shows it, and no more; `reading` pages by
what it got, and is the same for all. `python -m tests.clients.stacks` judges them.

The packages of npm are in `package.json` with exact versions, their lock in `package-lock.json` (written by
`npm install --package-lock-only --omit-lockfile-registry-resolved`).
"""
