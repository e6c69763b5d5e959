# The image that Tagstack's steps run in, on stacks that run containers.
#
#   docker build -t tagstack .                          all of it, code included, not as root
#   docker build -t tagstack --target environment .     what ZenML puts the code on (stacks/images.py)
#
# Everything is installed from locks with hashes; what is built is copied, so that neither pip nor its cache nor a
# compiler comes along.
ARG BASE=docker.io/library/python:3.11-slim-bookworm

FROM ${BASE} AS build
ARG PIP_INDEX_URL=https://pypi.org/simple
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN command -v strip || (apt-get update && apt-get install -y --no-install-recommends binutils)
RUN python3 -m venv /tools && python3 -m venv --without-pip /opt/venv
# What every stack's image has: what people install, the driver of the usual database, and S3.
COPY requirements/runtime.txt requirements/postgresql.txt requirements/s3.txt requirements/
RUN for lock in runtime postgresql s3; do \
      /tools/bin/pip --python /opt/venv/bin/python install --quiet --no-deps --require-hashes --compile \
        -r "requirements/$lock.txt" || exit 1; \
    done
# Headers, tests and symbols serve those who compile and debug. libclang is asked for by TensorFlow's wheel and not used.
RUN site=$(/opt/venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') && cd "$site" && \
    rm -r tensorflow/include clang && \
    find . -type d -name tests -prune -exec rm -r {} + && \
    find . -type f \( -name '*.a' -o -name '*.h' -o -name '*.pyx' -o -name '*.pxd' \) -delete && \
    find tensorflow tensorflow_text -type f -name '*.so*' -exec strip --strip-unneeded {} +
# What the encoder is built from, and no more: other changes of the code leave this layer as it is.
COPY tagstack/__init__.py tagstack/config.py tagstack/embeddings.py tagstack/errors.py tagstack/paths.py \
     tagstack/resources.py tagstack/retraining_settings.py tagstack/section.py tagstack/storage.py tagstack/
COPY tagstack/alerts/__init__.py tagstack/alerts/settings.py tagstack/alerts/
COPY tagstack/backfill/__init__.py tagstack/backfill/settings.py tagstack/backfill/
COPY tagstack/drift/__init__.py tagstack/drift/settings.py tagstack/drift/
COPY tagstack/encoder tagstack/encoder
RUN TAGSTACK_HOME=/opt/tagstack /opt/venv/bin/python -c \
      'from tagstack.encoder.offline import offline_folder; offline_folder()'
# What a stack needs besides; last, so that stacks share everything above.
ARG EXTRAS=""
COPY requirements requirements
RUN for lock in ${EXTRAS}; do \
      /tools/bin/pip --python /opt/venv/bin/python install --quiet --no-deps --require-hashes --compile \
        -r "requirements/$lock.txt" || exit 1; \
    done

FROM ${BASE} AS environment
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/tagstack /opt/tagstack
# Any user may run it, also one that the machine does not know, as OpenShift's; nobody may change the encoder.
RUN mkdir -p /app /home/tagstack && chmod 1777 /opt/tagstack /home/tagstack
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
