# The production image:     docker build -t backup-archiver .
# The same with clients:    docker build --target tools -t backup-archiver-tools .
# The simulated Scalingo:   docker build --target sandbox -t backup-archiver-sandbox .
#
# Nothing here depends on the processor: the program and its dependencies are JavaScript, made once, on the machine
# that builds, and Node is taken from the base image of the platform that is built for (linux/amd64, linux/arm64).
# A builder that knows no platforms (before BuildKit) is taken to be on amd64.

FROM --platform=${BUILDPLATFORM:-linux/amd64} node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

FROM --platform=${BUILDPLATFORM:-linux/amd64} node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Node never loads types and source maps.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \) -delete

# Node and the libraries that it is linked to, and nothing else: no shell, no package manager. Their entries of the
# package database come along (where distroless images have them), so that scanners see what is there.
FROM node:24-bookworm-slim AS root
COPY docker/collect-root.sh docker/backup-archiver /tmp/
RUN sh /tmp/collect-root.sh /root-fs /tmp/backup-archiver

FROM scratch AS runtime
COPY --from=root /root-fs /
ENV NODE_ENV=production
WORKDIR /app
# Above 10000: no user of the host has this number.
USER 65532:65532
STOPSIGNAL SIGTERM

# Scalingo's services with synthetic databases, for docker-compose.yml and for trying things out; not in production.
FROM runtime AS sandbox
COPY sandbox ./sandbox
COPY package.json ./
ENTRYPOINT ["/usr/local/bin/node", "/app/sandbox/compose-entry.ts"]

# What both images with the program have.
FROM scratch AS app
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY bin ./bin
COPY completions ./completions
COPY man ./man
COPY --from=build /app/dist ./dist

# The program beside the databases' own clients, which restore-test runs: a Debian with PostgreSQL's and MariaDB's. A
# newer pg_restore reads what an older pg_dump wrote, and not the other way, so that it is Debian's newest.
FROM node:24-trixie-slim AS tools
COPY docker/backup-archiver /usr/local/bin/
# The clients follow Debian's security updates; a pinned version would be gone from its mirrors with the next.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates mariadb-client postgresql-client \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* \
 && useradd --uid 65532 --no-log-init --no-create-home --home-dir /app --shell /usr/sbin/nologin archiver \
 && chmod 755 /usr/local/bin/backup-archiver
COPY --from=app /app /app
ENV NODE_ENV=production
WORKDIR /app
USER 65532:65532
ARG VERSION=dev REVISION=unknown CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="backup-archiver-tools" \
      org.opencontainers.image.description="backup-archiver beside the clients of PostgreSQL and MySQL, for restore tests." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.base.name="docker.io/library/node:24-trixie-slim"
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=1", "/app/bin/backup-archiver.mjs"]

FROM runtime AS archiver
COPY --from=app /app ./
ARG VERSION=dev REVISION=unknown CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="backup-archiver" \
      org.opencontainers.image.description="Keeps the backups of databases hosted on Scalingo in an S3 bucket of your own, and proves that they are whole." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.base.name="docker.io/library/node:24-bookworm-slim"
# A small young generation: the program moves buffers, which live elsewhere, and a large one only costs memory and
# time. Node is process 1 and gets the signals itself.
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=1", "/app/bin/backup-archiver.mjs"]
