"""A badge with the verdict: an SVG picture, or the JSON from which shields.io draws one."""

from __future__ import annotations

import json
from html import escape
from importlib.metadata import version

from oneinvoice_conformance.model.verdict import Verdict
from oneinvoice_conformance.reports.phrases import tally
from oneinvoice_conformance.reports.redacted import RedactedReport

_LABEL = "1invoice API"
_LABEL_OF_CLIENT = "1invoice client"
_COLORS = {
    Verdict.CONFORMS: ("brightgreen", "#4c1"),
    Verdict.EXCUSED: ("yellow", "#dfb317"),
    Verdict.VIOLATIONS: ("red", "#e05d44"),
    Verdict.INCOMPLETE: ("orange", "#fe7d37"),
}
_CHARACTER, _MARGIN = 6.2, 5  # pixels, for Verdana at 11; the text is fitted to the width that this gives

_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{label}: {message}">
  <title>{label}: {message}</title>
  <desc>oneinvoice-kit {version}</desc>
  <clipPath id="round"><rect width="{width}" height="20" rx="3"/></clipPath>
  <g clip-path="url(#round)">
    <rect width="{left}" height="20" fill="#555"/>
    <rect x="{left}" width="{right}" height="20" fill="{color}"/>
  </g>
  <g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">
    <text x="{margin}" y="14" textLength="{label_length}">{label}</text>
    <text x="{message_x}" y="14" textLength="{message_length}">{message}</text>
  </g>
</svg>
"""


def badge_endpoint(report: RedactedReport) -> str:
    """Return the badge as shields.io's endpoint JSON, schema version 1.

    It tells nothing that came from the deployment.
    """
    named, _ = _COLORS[report.verdict]
    # It refuses any other name, so that the kit's version can't stand here.
    content = {"schemaVersion": 1, "label": _label(report), "message": _message(report), "color": named}
    return json.dumps(content, indent=2) + "\n"


def badge_svg(report: RedactedReport) -> str:
    """Return the badge as a picture. It tells nothing that came from the deployment."""
    label, message = _label(report), _message(report)
    label_length, message_length = (round(_CHARACTER * len(text)) for text in (label, message))
    left, right = label_length + 2 * _MARGIN, message_length + 2 * _MARGIN
    return _SVG.format(
        width=left + right,
        left=left,
        right=right,
        color=_COLORS[report.verdict][1],
        margin=_MARGIN,
        message_x=left + _MARGIN,
        label_length=label_length,
        message_length=message_length,
        label=label,
        message=escape(message),
        version=version("oneinvoice-kit"),
    )


def _label(report: RedactedReport) -> str:
    return _LABEL_OF_CLIENT if report.client else _LABEL


def _message(report: RedactedReport) -> str:
    scope = "" if report.scope.is_whole else f", {report.scope}"
    return f"{report.headline} ({tally(report.results)}{scope})"
