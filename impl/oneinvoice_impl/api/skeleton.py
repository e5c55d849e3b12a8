"""The part of the authored document that Connexion routes by.

Connexion 3.3 reads OpenAPI 3.0 only, and the document is 3.1. Paths, operation ids and security mean the same in
both; parameters are validated against the document itself (`parameters.py`), so nothing else needs translation.
"""

from __future__ import annotations

from typing import Any

from oneinvoice_openapi.contract import METHODS


def skeleton(document: dict[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI 3.0.3 document with the paths, operation ids and security of an OpenAPI 3.1 one."""
    return {
        "openapi": "3.0.3",
        "info": {key: document["info"][key] for key in ("title", "version")},
        "components": {"securitySchemes": (document.get("components") or {}).get("securitySchemes", {})},
        "paths": {
            path: {
                method: {
                    "operationId": item[method]["operationId"],
                    "security": item[method].get("security", document.get("security", [])),
                    "responses": {"default": {"description": "As in the authored document"}},
                }
                for method in METHODS
                if method in item
            }
            for path, item in (document.get("paths") or {}).items()
        },
    }
