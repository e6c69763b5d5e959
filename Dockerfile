# The image that Tagstack's steps run in, on stacks that run containers.
#
#   docker build -t tagstack .                          all of it, code included, not as root
#   docker build -t tagstack --target environment .     what ZenML puts the code on (stacks/images.py)
#
# Everything is installed from locks with hashes, by one stage: what one stage copies from another, some engines read again
# with every build.
ARG BASE=docker.io/library/python:3.11-slim-bookworm

FROM ${BASE} AS environment
ARG PIP_INDEX_URL=https://pypi.org/simple
ARG PIP_DISABLE_PIP_VERSION_CHECK=1
ARG PIP_ROOT_USER_ACTION=ignore
ARG DEBIAN_FRONTEND=noninteractive
WORKDIR /app
# What every stack's image has: what people install, the driver of the usual database, and S3.
COPY requirements/install.sh requirements/slim.sh requirements/runtime.txt requirements/postgresql.txt \
     requirements/s3.txt requirements/
RUN requirements/install.sh runtime postgresql s3 && requirements/slim.sh
# What the encoder is built from, and no more: other changes of the code leave this layer as it is.
COPY tagstack/__init__.py tagstack/config.py tagstack/embeddings.py tagstack/errors.py tagstack/paths.py \
     tagstack/resources.py tagstack/retraining_settings.py tagstack/section.py tagstack/storage.py tagstack/
COPY tagstack/alerts/__init__.py tagstack/alerts/settings.py tagstack/alerts/
COPY tagstack/backfill/__init__.py tagstack/backfill/settings.py tagstack/backfill/
COPY tagstack/drift/__init__.py tagstack/drift/settings.py tagstack/drift/
COPY tagstack/encoder tagstack/encoder
# Any user may run the image, also one that the machine does not know, as OpenShift's; nobody may change the encoder.
RUN PYTHONDONTWRITEBYTECODE=1 TAGSTACK_HOME=/opt/tagstack /opt/venv/bin/python -c \
      'from tagstack.encoder.offline import offline_folder; offline_folder()' && \
    mkdir -p /home/tagstack && chmod 1777 /opt/tagstack /home/tagstack
# What a stack needs besides; last, so that stacks share everything above.
ARG EXTRAS=""
COPY requirements requirements
RUN requirements/install.sh ${EXTRAS}
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/home/tagstack \
    TAGSTACK_HOME=/opt/tagstack \
    ZENML_CONFIG_PATH=/app/.zenconfig \
    ZENML_CUSTOM_SOURCE_ROOT=/app \
    ZENML_ENABLE_REPO_INIT_WARNINGS=false \
    ZENML_ANALYTICS_OPT_IN=false \
    ZENML_AUTO_OPEN_DASHBOARD=false \
    MLFLOW_DISABLE_TELEMETRY=true \
    DO_NOT_TRACK=true \
    GIT_PYTHON_REFRESH=quiet \
    TF_CPP_MIN_LOG_LEVEL=3 \
    PYTHONUNBUFFERED=1
WORKDIR /app

FROM environment
COPY --chown=1000:1000 . .
RUN python -m compileall -q . && chown -R 1000:1000 /app
USER 1000:1000
ENTRYPOINT ["python", "run.py"]
