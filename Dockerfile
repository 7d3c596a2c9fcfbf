# The service. `make image` builds it; docs/docker.md says how to run it.
# The base by its tag; a release pins it by digest: --build-arg BASE=python:3.11-slim-bookworm@sha256:...
ARG BASE=python:3.11-slim-bookworm

# What is needed to install, none of which is needed to run.
FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    UV_PYTHON_DOWNLOADS=never \
    UV_NO_CACHE=1 \
    UV_LINK_MODE=copy \
    UV_SYSTEM_CERTS=true
WORKDIR /build
COPY deploy/image/uv.txt deploy/image/
RUN python -m venv /opt/uv \
    && /opt/uv/bin/pip install --require-hashes --only-binary :all: -r deploy/image/uv.txt
# Other people's packages first: they change less often than ours. EXTRAS are those of
# pyproject.toml, as otel for traces.
ARG EXTRAS
COPY pyproject.toml uv.lock ./
RUN UV_PROJECT_ENVIRONMENT=/opt/backflag /opt/uv/bin/uv sync --locked --no-default-groups \
        --no-install-project --no-build ${EXTRAS:+--extra ${EXTRAS}} \
    && UV_PROJECT_ENVIRONMENT=/opt/packer /opt/uv/bin/uv sync --locked --only-group build --no-build \
    && UV_PROJECT_ENVIRONMENT=/opt/lister /opt/uv/bin/uv sync --locked --only-group sbom --no-build
COPY README.md LICENSE NOTICE ./
COPY knowledge knowledge
COPY cards cards
COPY service service
COPY deploy/image/strip.py deploy/image/
RUN VIRTUAL_ENV=/opt/packer /opt/uv/bin/uv build --wheel --no-build-isolation --python /opt/packer \
    && /opt/uv/bin/uv pip install --python /opt/backflag --no-deps --offline dist/*.whl \
    && /opt/lister/bin/cyclonedx-py environment /opt/backflag/bin/python --pyproject pyproject.toml \
        --output-reproducible --output-file /opt/backflag/backflag.cdx.json \
    && python deploy/image/strip.py /opt/backflag \
    && /opt/backflag/bin/python -m compileall -q --invalidation-mode unchecked-hash \
        /opt/backflag/lib \
    && mkdir /opt/data

# The base without what installs, shells, and what runs as root for others.
FROM ${BASE} AS bare
COPY deploy/image/strip.py deploy/image/unneeded.txt /tmp/strip/
RUN python /tmp/strip/strip.py && rm -r /tmp/strip

FROM scratch
# All of it on purpose: as one layer, in which nothing is left of what was taken out.
# hadolint ignore=DL3067
COPY --from=bare / /
COPY --from=build --chown=10001:10001 /opt/data /var/lib/backflag
COPY --from=build /opt/backflag /opt/backflag
COPY deploy/image/healthy.py /opt/backflag/
ENV PATH=/opt/backflag/bin:/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 \
    BACKFLAG_DATABASE_URL=sqlite:////var/lib/backflag/backflag.db
WORKDIR /var/lib/backflag
VOLUME /var/lib/backflag
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-IS", "/opt/backflag/healthy.py"]
ENTRYPOINT ["backflag"]
CMD ["serve", "--host", "0.0.0.0"]

# Last, for they change with each build.
ARG VERSION=unreleased
ARG REVISION=unknown
ARG CREATED
ARG SOURCE
LABEL org.opencontainers.image.title="backflag" \
      org.opencontainers.image.description="Red flags for back numbness: a CDS Hooks service" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}"
