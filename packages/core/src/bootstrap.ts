/**
 * For any HTTP server, without a framework: `import "@production-ready/core/bootstrap"` as the first line, or
 * `node --import @production-ready/core/bootstrap server.js`. Crash handlers, signals, drain, timeouts, request ids
 * and a line for every request, with defaults; a `productionReady()` that comes later refines them.
 */
import { openBootstrap } from "./runtime/bootstrap.ts";

openBootstrap();
