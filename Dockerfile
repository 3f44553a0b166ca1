# Built in one stage, run in another: what runs has no compiler, no pip and no build tool, and is not root.
# Tags, not digests: none could be looked up where this was written. Pin both lines before production (docs/container.md).
FROM python:3.12-slim AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
COPY requirements.lock ./
RUN python -m venv /opt/homebeat && /opt/homebeat/bin/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
COPY simulators ./simulators
COPY alembic ./alembic
RUN /opt/homebeat/bin/python -m pip install --quiet --no-deps --no-build-isolation --no-index . \
    && /opt/homebeat/bin/python -m pip uninstall --quiet --yes hatchling trove-classifiers pathspec pluggy pip

FROM python:3.12-slim
RUN groupadd --system --gid 10001 homebeat \
    && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/homebeat --shell /usr/sbin/nologin homebeat \
    && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/homebeat
COPY --from=build /opt/homebeat /opt/homebeat
ENV PATH=/opt/homebeat/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    HOMEBEAT_STATE_DIR=/var/lib/homebeat HOMEBEAT_HTTP_HOST=0.0.0.0 HOMEBEAT_HTTP_PORT=8080
WORKDIR /var/lib/homebeat
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s --retries=3 CMD ["python", "-c", \
    "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"HOMEBEAT_HTTP_PORT\"]}/livez', timeout=3)"]
ENTRYPOINT ["homebeat"]
CMD ["serve"]
