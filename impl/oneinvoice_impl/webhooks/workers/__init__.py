"""Workers that deliver webhooks in processes of their own: the queue that tells them, and what each of them does.

This folder imports Procrastinate: import it where there are workers.
"""
