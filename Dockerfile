# Two stages: the first compiles, the second holds only what runs.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Install scripts are not needed by anything that runs; `node` is a dev dependency for clones and stays out.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.ts ./scripts/
COPY src ./src
RUN PATH="$PWD/node_modules/.bin:$PATH" node scripts/build.ts && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY schemas ./schemas
COPY config ./config
COPY demo ./demo
COPY LICENSE NOTICE ./
RUN mkdir -p /state && chown 1000:1000 /state
# The image's own user `node`, by number: Kubernetes can see that it is not root (runAsNonRoot).
USER 1000:1000
VOLUME ["/state"]
EXPOSE 8080
# The service stops in named steps within 5 s of SIGTERM.
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "--max-semi-space-size=64", "dist/main.js"]
CMD ["run", "--config", "/etc/evenkeel/evenkeel.yaml"]
