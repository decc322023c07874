import "@production-ready/core/bootstrap";

export { requestId } from "@production-ready/core/context";
export { onShutdown } from "@production-ready/core/lifecycle";
export { productionReady } from "@production-ready/express";
export const location = import.meta.resolve("@production-ready/core");
