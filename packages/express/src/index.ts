export { compression } from "./compression.ts";
export { createApp } from "./create-app.ts";
export { errorHandler } from "./errors.ts";
export { logIn, logOut } from "./login.ts";
export type { Options } from "./options.ts";
export { cors, csrf, headers, rateLimit } from "./parts.ts";
export { productionReady } from "./production-ready.ts";
export { session } from "./session.ts";
export type {} from "./types.ts";
