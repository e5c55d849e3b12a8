"""Keep secrets out of whatever is printed or written."""

from __future__ import annotations

import re

from oneinvoice_conformance.deployment import PREFIX, VARIABLES, Deployment, near_misses, other_schemes

# Below this length a key without its last character is too common a string to be replaced wherever it stands.
_SHORTEST_STEM = 12


class Redactor:
    """Replaces a deployment's keys, whatever was derived from them, and the values of `--header` by their names."""

    def __init__(self, deployment: Deployment) -> None:
        names: dict[str, str] = {}
        for role, key in deployment.keys.items():
            name = f"${VARIABLES[role]}"
            derived = (*near_misses(key), *other_schemes(key))
            forms = [key, key[:-1], key.removeprefix(PREFIX)]
            forms += [credential.authorization.partition(" ")[2] for credential in derived if credential.authorization]
            names |= {form: name for form in forms if form == key or len(form) >= _SHORTEST_STEM}
        names |= {value: f"<{name}>" for name, value in deployment.headers if value}
        self._names = names
        longest_first = sorted(names, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if names else None

    def __call__(self, text: str) -> str:
        """The text with every secret replaced, such as by `$ONEINVOICE_KEY`."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda match: self._names[match[0]], text)
