"""Shared causes: what explains several results at once, found in the exchanges behind them.

A detector looks at what failed or stayed open and at all exchanges of the run, and states hypotheses: what was seen and
what to do, two exchanges that show it, and which results it explains. It states one only where the exchanges show it; a
few have no other explanation only after requests of their own, which are sent where the pattern was seen. A hypothesis
that explains two results or more is a cause. Outcomes and the verdict stay as they are.

- finder.py: asks the detectors in turn, the deepest causes first
- intermediaries.py: something in front that answers in the API's place
- caches.py: answers kept for another key (AUTH, ORG, whatever was compared with them)
- access.py: endpoints that are open, refuse otherwise than by 401 or always answer the same, keys of one organisation
- unserved.py: lists that only the operator can tell, endpoints, requests and keys that are not served; redirects
- order.py: records with equal sort keys that change places
- queries.py: filters, offsets and limits that are ignored, page sizes, short lists
"""
