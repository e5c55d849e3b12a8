# One image, of the mock and of the service. It is the mock unless another command takes its place:
#
#   docker build --tag oneinvoice-kit .
#   docker run --rm --publish 8080:8080 oneinvoice-kit
#   docker run --rm --publish 8080:8080 --env-file service.env --entrypoint oneinvoice-service oneinvoice-kit \
#     serve --host 0.0.0.0
#
# Options of the mock are given as variables, such as --env ONEINVOICE_MOCK_PORT=9000. Other containers reach its controls
# by a name that it is told: --env ONEINVOICE_MOCK_ALLOW_HOST=mock. A whole deployment of the service, with PostgreSQL and
# Redis, is deploy/compose.yaml.

FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY openapi openapi
COPY fixtures fixtures
COPY impl impl
COPY conformance conformance
RUN python -m venv /opt/oneinvoice && /opt/oneinvoice/bin/pip install --no-cache-dir ".[observability]"

FROM python:3.11-slim
COPY --from=build /opt/oneinvoice /opt/oneinvoice
ENV PATH=/opt/oneinvoice/bin:$PATH
ENV ONEINVOICE_MOCK_HOST=0.0.0.0
ENV ONEINVOICE_MOCK_PORT=8080
RUN useradd --create-home --uid 10001 oneinvoice
USER oneinvoice
WORKDIR /home/oneinvoice
EXPOSE 8080
# Of both, since the service answers there too; its compose file asks more of it.
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['ONEINVOICE_MOCK_PORT']}/api/v1\", timeout=2)"]
ENTRYPOINT ["oneinvoice-mock"]
CMD ["serve"]
