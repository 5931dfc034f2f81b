# ultid as an image: what runs is what is read, so there is nothing to compile; the first stage only fetches packages.
FROM node:26.10.0-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force

FROM node:26.10.0-slim
LABEL org.opencontainers.image.title="ultid" \
      org.opencontainers.image.description="The backend of the Ulti suite" \
      org.opencontainers.image.licenses="Apache-2.0"
# Compiled code is kept between starts where something may be written: the root file system may not.
ENV NODE_ENV=production NODE_COMPILE_CACHE=/tmp/node-compile ULTID_HOST=0.0.0.0
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY migrations migrations
COPY src src
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.ULTID_PORT || 8080}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
# Else V8 keeps 48 MB for the youngest objects, and glibc a pool of memory for each thread, and all of a large buffer in
# such a pool, once they were needed. Without the second flag each 64 MB of bytes that pass through make V8 go through all
# of its heap: two thirds of the processor time of a transfer. Without the third the heap grows to four times what is
# alive before V8 looks.
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=65536 MALLOC_TRIM_THRESHOLD_=262144
ENTRYPOINT ["node", "--max-semi-space-size=8", "--external-memory-accounted-in-global-limit", "--heap-growing-percent=25", "src/main.ts"]
CMD ["serve"]
