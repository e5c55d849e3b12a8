"""Faults of a mock, which a request asks for or its user plans: of the API's answers, and of webhooks."""
