"""Deployments made of stock frameworks, limiters and proxies, correct and with the mistakes that people make in them.

`tox run -e frameworks` installs these (the dependency group `frameworks`, and `deployments/package.json`) and judges
all by the command line, many at once, since a verdict on a rate limit takes a minute or two of waiting. For one alone,
`.tox/frameworks/bin/python -m pytest tests/frameworks -k ties`; to look at it,
`.tox/frameworks/bin/python -m tests.frameworks django ties-without-order`.

A new deployment is a file in `deployments` that takes its records from `DATA_FOLDER` (`data.json`, or `data.sqlite`
with the same tables), and its command in `starting.py`. A mistake is a switch in that file, by the variable `MISTAKE`,
and a row of `cases.py` with the requirements that must fail; those of nginx are in `nginx.py`. What is unusual and
allowed stands with the correct ones, and conforms.
"""
