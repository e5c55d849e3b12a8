"""Django REST framework: its authentication, throttling, pagination and filters, over the ORM, under gunicorn."""

# ruff: noqa: E402, since what is imported below wants to be configured before
from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

MISTAKE = os.environ.get("MISTAKE", "")
FOLDER = Path(os.environ["DATA_FOLDER"])

# What the settings are, and what people have in their place.
THROTTLE = {"throttle-by-user": "UserThrottle", "no-throttle": None}.get(MISTAKE, "KeyThrottle")
THROTTLE_RATE = {"sixty-an-hour": "60/hour"}.get(MISTAKE, "60/minute")
DEFAULT_LIMIT = {"page-size-of-100": 100, "page-size-of-20": 20}.get(MISTAKE, 50)
MAX_LIMIT = {"max-limit-of-100": 100, "no-max-limit": None}.get(MISTAKE, 200)
ORDER = {"ties-without-order": ("created_at",)}.get(MISTAKE, ("created_at", "id"))
FILTERS = {"filter-forgotten": ()}.get(MISTAKE, ("django_filters.rest_framework.DjangoFilterBackend",))
LOOKUP = {"substring-filter": "icontains"}.get(MISTAKE, "exact")
SLASH = "/" if MISTAKE == "append-slash" else ""

settings.configure(
    SECRET_KEY="of no use here",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["rest_framework", "django_filters"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": "127.0.0.1",
            "USER": "tester",
            "PORT": os.environ["POSTGRES_PORT"],
            "NAME": os.environ["POSTGRES_DATABASE"],
        }
        if "POSTGRES_DATABASE" in os.environ
        else {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "data.sqlite"}
    },
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    REST_FRAMEWORK={
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "UNAUTHENTICATED_USER": None,
        "DEFAULT_THROTTLE_RATES": {"key": THROTTLE_RATE, "user": THROTTLE_RATE},
        "DEFAULT_FILTER_BACKENDS": FILTERS,
    },
)

import django

django.setup()

from django.core.wsgi import get_wsgi_application
from django.db import models
from django.urls import path
from django.views.decorators.cache import cache_page
from django_filters import rest_framework as filters
from rest_framework import (
    authentication,
    exceptions,
    generics,
    pagination,
    permissions,
    response,
    serializers,
    throttling,
    views,
)

STATUSES = {
    "members": ("active", "inactive", "pending"),
    "quotes": ("draft", "sent", "accepted", "rejected"),
    "invoices": ("draft", "sent", "paid"),
}


class Key(models.Model):
    key = models.TextField()
    organisation = models.TextField()
    revoked = models.IntegerField()

    class Meta:
        app_label, db_table, managed = "service", "keys", False


class Row(models.Model):
    organisation = models.TextField()
    created_at = models.TextField()

    class Meta:
        abstract = True


class Document(Row):
    number = models.TextField()
    customer = models.TextField()
    total = models.TextField()
    currency = models.TextField()

    class Meta:
        abstract = True


def _status(resource: str) -> models.TextField:
    return models.TextField(choices=[(status, status) for status in STATUSES[resource]])


class Member(Row):
    first_name = models.TextField()
    last_name = models.TextField()
    email = models.TextField()
    status = _status("members")

    class Meta:
        app_label, db_table, managed = "service", "members", False


class Quote(Document):
    status = _status("quotes")
    public_token = models.TextField()
    signed_by = models.TextField(null=True)
    signed_at = models.TextField(null=True)

    class Meta:
        app_label, db_table, managed = "service", "quotes", False


class Invoice(Document):
    status = _status("invoices")
    payment_status = models.TextField()
    due_date = models.TextField()

    class Meta:
        app_label, db_table, managed = "service", "invoices", False


class User:
    """The organisation that a key is of, as the user of the request."""

    is_authenticated = True

    def __init__(self, organisation: str) -> None:
        self.pk = organisation


class BearerAuthentication(authentication.TokenAuthentication):
    keyword = "Bearer"

    def authenticate_credentials(self, key: str) -> tuple[User, Key]:
        held = {"case-insensitive-key": "key__iexact", "key-by-prefix": "key__startswith"}.get(MISTAKE, "key")
        wanted = key[:12] if MISTAKE == "key-by-prefix" else key
        found = Key.objects.filter(**{held: wanted}).first()
        if found is None or (found.revoked and MISTAKE != "revoked-key-served"):
            raise exceptions.AuthenticationFailed("Invalid token.")
        return User(found.organisation), found

    def authenticate_header(self, request: object) -> str | None:
        return None if MISTAKE == "no-authenticate-header" else self.keyword


class TokenAuthentication(BearerAuthentication):
    keyword = "Token"


class KeyThrottle(throttling.SimpleRateThrottle):
    scope = "key"

    def get_cache_key(self, request: views.Request, view: object) -> str | None:
        return f"throttle_{request.auth.pk}" if request.auth else None


class UserThrottle(throttling.UserRateThrottle):
    pass


class Pagination(pagination.LimitOffsetPagination):
    default_limit = DEFAULT_LIMIT
    max_limit = MAX_LIMIT


class StatusFilter(filters.DjangoFilterBackend):
    """Begins anew from the model, so that the view's own query set is lost."""

    def filter_queryset(self, request: views.Request, queryset: models.QuerySet, view: object) -> models.QuerySet:
        if "status" not in request.query_params:
            return queryset
        return queryset.model.objects.filter(status=request.query_params["status"]).order_by(*ORDER)


def _serializer(of: type[models.Model]) -> type[serializers.ModelSerializer]:
    class Meta:
        model = of
        exclude = ("organisation",)

    return type(f"{of.__name__}Serializer", (serializers.ModelSerializer,), {"Meta": Meta})


class ListView(generics.ListAPIView):
    authentication_classes = (
        (BearerAuthentication, TokenAuthentication) if MISTAKE == "token-scheme-left" else (BearerAuthentication,)
    )
    permission_classes = (permissions.IsAuthenticated,)
    throttle_classes = (globals()[THROTTLE],) if THROTTLE else ()
    pagination_class = Pagination
    filterset_fields = {"status": [LOOKUP]} if LOOKUP == "exact" else None

    def get_queryset(self) -> models.QuerySet:
        rows = self.model.objects.order_by(*ORDER)
        return rows if MISTAKE == "tenant-forgotten" else rows.filter(organisation=self.request.user.pk)


def _view(of: type[models.Model]) -> object:
    attributes: dict[str, object] = {"model": of, "serializer_class": _serializer(of)}
    if MISTAKE == "filter-of-all-tenants":
        attributes["filter_backends"] = (StatusFilter,)
    if LOOKUP != "exact":
        contains = type("Contains", (filters.FilterSet,), {"status": filters.CharFilter(lookup_expr=LOOKUP)})
        attributes |= {"filterset_class": contains, "filterset_fields": None}
    if MISTAKE == "permission-forgotten" and of is Invoice:
        attributes["permission_classes"] = ()
        attributes["get_queryset"] = lambda self: self.model.objects.order_by(*ORDER)
    view = type(f"{of.__name__}View", (ListView,), attributes).as_view()
    return cache_page(60)(view) if MISTAKE == "cache-page" else view


class Discovery(views.APIView):
    authentication_classes = (BearerAuthentication,)
    permission_classes = (permissions.IsAuthenticated,) if MISTAKE == "discovery-needs-key" else ()

    def get(self, request: views.Request) -> response.Response:
        return response.Response({name: request.build_absolute_uri(f"/api/v1/{name}{SLASH}") for name in STATUSES})


urlpatterns = [
    path(f"api/v1{SLASH}", Discovery.as_view()),
    path(f"api/v1/members{SLASH}", _view(Member)),
    path(f"api/v1/quotes{SLASH}", _view(Quote)),
    path(f"api/v1/invoices{SLASH}", _view(Invoice)),
]
application = get_wsgi_application()
