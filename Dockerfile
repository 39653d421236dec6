# A company's own mirrors: --build-arg PYTHON_IMAGE=… --build-arg PIP_INDEX_URL=…, and what they
# need to sign in: --secret id=netrc,src=…
# By digest, nobody can exchange the base. It has all platforms, and stands in
# https://github.com/docker-library/repo-info/blob/master/repos/python/remote/
ARG PYTHON_IMAGE=python:3.12.13-slim-trixie@sha256:229a2c5bfa27522db7815ea81f9bed70af17ccb9de9fc7ad142b1877b5830d36

FROM ${PYTHON_IMAGE} AS builder
ARG PIP_INDEX_URL
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    POETRY_NO_INTERACTION=1
# Neither pip nor Poetry keeps the secret, and no layer of the image has it.
RUN --mount=type=secret,id=netrc,target=/root/.netrc \
    python -m venv /opt/poetry \
    && /opt/poetry/bin/pip install poetry==2.5.1 poetry-plugin-pypi-mirror==0.6.5 \
    && python -m venv --without-pip /opt/venv
WORKDIR /build
COPY pyproject.toml poetry.lock ./
# Poetry installs into the environment that VIRTUAL_ENV names.
RUN --mount=type=secret,id=netrc,target=/root/.netrc \
    VIRTUAL_ENV=/opt/venv POETRY_PYPI_MIRROR_URL="${PIP_INDEX_URL:-}" \
    /opt/poetry/bin/poetry install --only main --no-root --compile
WORKDIR /app
COPY LICENSE pyproject.toml main.py integration.py client.py ./
COPY deploy/entrypoint.sh ./
COPY .port .port
COPY actions actions
COPY commands commands
COPY core core
COPY framework framework
COPY jira jira
COPY links links
COPY live_events live_events
COPY octopus octopus
COPY webhook_processors webhook_processors
# Readable by any user, whatever the rights in the working copy were. The probe leaves its
# reports where it runs, which is to be the folder that is written to.
RUN python -m compileall -q . && chmod -R a+rX,go-w . \
    && ln -s /tmp/ocean/probe_reports probe_reports

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Jira + Octopus Deploy for Port" \
      org.opencontainers.image.description="Jira Cloud and Octopus Deploy in Port's catalog, linked from issue to release to deployment" \
      org.opencontainers.image.version="0.1.0-beta" \
      org.opencontainers.image.licenses="Apache-2.0"
# The one folder that is written to. OpenShift runs any user, but in group 0.
RUN install -d -o 1001 -g 0 -m 775 /tmp/ocean
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/tmp/ocean \
    TMPDIR=/tmp/ocean \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
COPY --from=builder /opt/venv /opt/venv
COPY --from=builder /app /app
WORKDIR /app
USER 1001:0
# Also on a root file system that is read-only.
VOLUME /tmp/ocean
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import http.client as h, os; of = os.environ.get; below = of('OCEAN__PATH_PREFIX', '').strip('/'); c = h.HTTPConnection('127.0.0.1', int(of('APPLICATION__PORT', 8000)), timeout=4); c.request('GET', (below and '/' + below) + '/health/ready'); exit(c.getresponse().status != 200)"]
ENTRYPOINT ["/app/entrypoint.sh"]
CMD ["ocean", "sail"]
