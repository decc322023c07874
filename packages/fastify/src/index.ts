export { compression } from "./compression.ts";
export { createApp } from "./create-app.ts";
export { errorHandler } from "./errors.ts";
export { headers, rateLimit } from "./parts.ts";
export { type Options, productionReady } from "./production-ready.ts";
export { serverOptions } from "./server-options.ts";
export type {} from "./types.ts";
