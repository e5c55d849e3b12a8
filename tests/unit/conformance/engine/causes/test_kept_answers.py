"""Caches that keep refusals, or answers by a part of what was asked, and the evidence that shows them."""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

from tests.miniatures import Deployment
from tests.unit.conformance.engine.causes.judging import judged

CACHE_OF_REFUSALS = "A cache keeps refusals by their URL: GET /api/v1/members?limit="
CACHE_WITHOUT_OFFSET = "A cache leaves the offset out of account: GET /api/v1/members?offset="


class Cache(Deployment):
    """Keeps each answer of those statuses by what `key` returns."""

    statuses: tuple[int, ...] = (200,)

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[object, Response] = {}

    def key(self, request: Request) -> object:
        return request.full_path

    def answer(self, request: Request) -> Response:
        key = self.key(request)
        if key not in self.kept:
            response = super().answer(request)
            if response.status_code not in self.statuses:
                return response
            self.kept[key] = response
        kept = self.kept[key]
        return Response(kept.get_data(), kept.status_code, content_type=kept.content_type)


class CacheOfRefusalsAlone(Cache):
    statuses = (401,)


class CacheWithoutQuery(Cache):
    def key(self, request: Request) -> object:
        return request.path, request.headers.get("Authorization")


class CacheWithoutOffset(Cache):
    def key(self, request: Request) -> object:
        rest = sorted((name, value) for name, value in request.args.items(multi=True) if name != "offset")
        return request.path, request.headers.get("Authorization"), tuple(rest)


def test_refusals_that_are_kept_for_everybody_are_one_cause():
    first, *others = judged(CacheOfRefusalsAlone()).causes
    assert first.seen.startswith(CACHE_OF_REFUSALS)
    assert {"AUTH-6", "ORG-1", "QUO-1", "INV-1"} <= set(first.requirements)
    assert not any("see whether the keys may read it" in cause.remedy for cause in others)
    assert [each.request.credential.valid for each in first.evidence] == [False, True]
    assert first.evidence[0].body == first.evidence[1].body


def test_a_key_that_is_refused_for_itself_is_no_cache_of_refusals():
    class SiblingRefused(Deployment):
        def answer(self, request: Request) -> Response:
            if request.path.endswith("/quotes") and "limit" not in request.args:
                return Response('{"error": "unauthorized"}', 401, content_type="application/json")
            return super().answer(request)

    assert not any(cause.seen.startswith("A cache") for cause in judged(SiblingRefused()).causes)


def test_an_offset_that_a_cache_leaves_out_is_one_cause():
    [cause] = judged(CacheWithoutOffset()).causes
    assert cause.seen.startswith(CACHE_WITHOUT_OFFSET)
    assert {"MEM-5", "MEM-8"} <= set(cause.requirements)


def test_an_offset_that_the_deployment_ignores_is_no_cache():
    class OffsetIgnored(Deployment):
        def parse_offset(self, text: str | None) -> int:
            return 0

    assert not any(cause.seen.startswith("A cache") for cause in judged(OffsetIgnored()).causes)


def test_what_is_the_same_whatever_the_query_says_is_shown_by_answers_of_one_key():
    [cause] = judged(CacheWithoutQuery()).causes
    assert "one and the same answer whatever the query says" in cause.seen
    first, second = cause.evidence
    assert first.body == second.body
    assert first.request.credential == second.request.credential
    assert first.request.query != second.request.query
