from itertools import chain

import pytest
from werkzeug.test import Client

from tests.miniatures import FREE, Deployment, Variant, keys
from tests.miniatures.freedoms import change, sizes, transport

# What changes is looked at elsewhere, as is what has other data or goes over the wire in another way; and there is no
# need to wait for what is slow on purpose.
ELSEWHERE = {each.__name__ for each in (sizes, transport)}
VISIBLE = {
    name: variant
    for name, variant in FREE.items()
    if name != "plain"
    and not issubclass(variant.deployment, change.Changing | change.Stumbling)
    and variant.deployment.__module__ not in ELSEWHERE
}


def _seen(deployment: Deployment, method: str, target: str, key: str) -> tuple[int, dict[str, str], bytes]:
    """Return what a client sees of an answer; a header tells nothing here but where an address was kept."""
    headers = {"Authorization": key, "Accept-Encoding": "gzip"} if key else {}
    path = target if target.startswith("/api/") else f"/api/v1{target}"
    answer = Client(deployment).open(deployment.prefix + path, method=method, headers=headers)
    return answer.status_code, dict(answer.headers), answer.data


GOOD = f"Bearer {keys()['primary'].value}"
QUESTIONS = [
    ("GET", "/api/v2/members", GOOD),
    *(
        ("GET", target, GOOD)
        for target in [
            "",
            "/members",
            "/members?limit=0",
            "/members?limit=201",
            "/members?limit=5&offset=-1",
            "/members?limit=abc",
            "/members?status=nobody",
            "/members?status=ACTIVE&limit=5",
            "/members?offset=99999",
            "/quotes",
            "/quotes?limit=5",
            "/quotes?status=accepted",
            "/invoices",
        ]
    ),
    ("GET", "/quotes", ""),
    ("GET", "/members?limit=200&offset=400", f"Bearer {keys()['sibling'].value}"),
    ("GET", "/quotes", GOOD.replace("Bearer", "bearer")),
    ("GET", "/quotes", GOOD.removeprefix("Bearer ")),
    ("GET", "", "Bearer 1iv_unknown"),
    ("HEAD", "/quotes", GOOD),
]
PLAIN = [_seen(Deployment(), *question) for question in QUESTIONS]


@pytest.mark.parametrize("variant", VISIBLE.values(), ids=VISIBLE)
def test_variant_differs_from_the_plain_deployment(variant: Variant):
    fresh = (_seen(variant.deployment(), *question) for question in QUESTIONS)
    used = variant.deployment()  # some differ only after a number of requests
    later = (_seen(used, *question) for question in QUESTIONS * 3)
    assert any(answer != plain for answer, plain in zip(chain(fresh, later), PLAIN * 4, strict=True))
