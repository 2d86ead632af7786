# One image for every process, consumer, watchdog and simulator, and for the command line: the command says which.
# Nothing is built, Node runs the TypeScript as it is. It refuses to do so below a real node_modules, so the image keeps
# the workspace's layout, in which node_modules/@autorec/* are links to packages/*.
# No CA certificates are installed: Node brings its own. A private CA: mount it and set NODE_EXTRA_CA_CERTS.
ARG NODE_IMAGE=node:24-bookworm-slim

# Only what decides about dependencies, so that a change in the sources installs nothing again.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY . .
RUN find packages services -type f ! -name package.json -delete

FROM ${NODE_IMAGE} AS dependencies
RUN npm install --global --no-audit --no-fund pnpm@10.34.8
WORKDIR /app
COPY --from=manifests /app ./
RUN pnpm install --frozen-lockfile --prod --filter "{services/*}..." --filter "@autorec/simulator..." --filter "@autorec/cli..."

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
# The only folder a process may write to; the simulator's history lies there.
RUN install --directory --owner=1000 --group=1000 /var/lib/autorec
WORKDIR /app
COPY --from=dependencies /app ./
COPY packages packages
COPY services services
# The image's user `node`, as a number: an orchestrator can then see that it is not root.
USER 1000:1000
CMD ["node", "services/consumer/src/main.ts"]
