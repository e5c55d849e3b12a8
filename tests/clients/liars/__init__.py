"""Clients that do nothing of what they tell, or as good as nothing. None of them may conform.

`python -m tests.clients.liars NAME sync|receiver|dump|restart|rotate …`
"""
