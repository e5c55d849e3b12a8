"""Flask with Flask-Limiter under gunicorn, in several workers that count in one Redis."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, g, jsonify, request
from flask_limiter import Limiter
from werkzeug.exceptions import HTTPException

MISTAKE = os.environ.get("MISTAKE", "")
DATA = json.loads((Path(os.environ["DATA_FOLDER"]) / "data.json").read_text("utf-8"))

# What the settings are, and what people have in their place.
STORAGE = "memory://" if MISTAKE == "memory-of-each-worker" else os.environ.get("REDIS_URL", "memory://")
LIMITS = {
    "limit-of-each-endpoint": {"default_limits": ["60 per minute"]},
    "one-a-second": {"application_limits": ["1 per second"]},
    "ten-a-second": {"application_limits": ["10 per second"]},
}.get(MISTAKE, {"application_limits": ["60 per minute"]})
SLASH = "/" if MISTAKE.startswith("strict-slashes") else ""

app = Flask(__name__)
app.json.sort_keys = False


@app.before_request
def authenticate() -> None:
    """Find the organisation before the limiter counts the request."""
    g.key = None
    if request.path.rstrip("/") == "/api/v1":
        return
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        g.key = next((key for key in DATA["keys"] if key["key"] == value and not key["revoked"]), None)
    if g.key is None:
        abort(Response("Unauthorized", 401, {"WWW-Authenticate": "Bearer"}))


limiter = Limiter(
    lambda: str(g.key and g.key["id"]),
    app=app,
    storage_uri=STORAGE,
    strategy="moving-window",
    enabled=os.environ.get("LIMITER") != "off",
    **LIMITS,
)
limiter.request_filter(lambda: g.key is None)


def _number(name: str, default: int) -> int:
    text = request.args.get(name, str(default))
    if not (text.isdecimal() or MISTAKE == "text-crashes") or (name == "limit" and not 1 <= int(text) <= 200):
        abort(400, f"{name} is not a number that it can be.")
    return int(text)


def listing(name: str) -> Response:
    records = [record for record in DATA[name] if record["organisation"] == g.key["organisation"]]
    status = request.args.get("status")
    if MISTAKE == "totals-missing" and name == "quotes":
        records = [{field: value for field, value in record.items() if field != "total"} for record in records]
    if status:
        records = [record for record in records if record["status"] == status]
    limit, offset = _number("limit", 50), _number("offset", 0)
    page = records[offset : offset + limit]
    if not page and offset and MISTAKE != "every-error-is-500":
        abort(404)  # as Flask-SQLAlchemy's paginate does
    shown = [{field: value for field, value in record.items() if field != "organisation"} for record in page]
    return jsonify(shown)


@app.get("/api/v1/" if MISTAKE == "strict-slashes" else "/api/v1")
def discovery() -> Response:
    return jsonify({name: f"/api/v1/{name}" for name in ("members", "quotes", "invoices")})


@app.get(f"/api/v1/members{SLASH}")
def members() -> Response:
    return listing("members")


@app.get(f"/api/v1/quotes{SLASH}")
def quotes() -> Response:
    return listing("quotes")


@app.get(f"/api/v1/invoices{SLASH}")
def invoices() -> Response:
    return listing("invoices")


if MISTAKE == "every-error-is-500":

    @app.errorhandler(Exception)
    def failed(error: Exception) -> tuple[dict[str, Any], int]:
        if isinstance(error, HTTPException) and error.code == 401:
            raise error
        return {"error": "Something went wrong."}, 500
