# The mock in a container:
#
#   docker build --tag oneinvoice-mock .
#   docker run --rm --publish 8080:8080 oneinvoice-mock
#
# Options are given as variables, such as --env ONEINVOICE_MOCK_PORT=9000. Other containers reach its controls by a name
# that it is told: --env ONEINVOICE_MOCK_ALLOW_HOST=mock.

FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY openapi openapi
COPY fixtures fixtures
COPY impl impl
COPY conformance conformance
RUN python -m venv /opt/oneinvoice && /opt/oneinvoice/bin/pip install --no-cache-dir .

FROM python:3.11-slim
COPY --from=build /opt/oneinvoice /opt/oneinvoice
ENV PATH=/opt/oneinvoice/bin:$PATH
ENV ONEINVOICE_MOCK_HOST=0.0.0.0
ENV ONEINVOICE_MOCK_PORT=8080
RUN useradd --create-home --uid 10001 mock
USER mock
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['ONEINVOICE_MOCK_PORT']}/api/v1\", timeout=2)"]
ENTRYPOINT ["oneinvoice-mock"]
CMD ["serve"]
