/** For authors of adapters. Public from 1.0 on, and free to change before. */

export { errorVerdict } from "./client-errors/client-errors.ts";
export { type CompressionPolicy, compressionPolicy } from "./compression/compression.ts";
export { runInExchange } from "./exchange/current.ts";
export {
	type Exchange,
	exchangeOf,
	type Framework,
	type HeaderPair,
	type OpenRoom,
	openExchange,
	type RouteOverrides,
	servedExchange,
	type Verdict,
} from "./exchange/exchange.ts";
export { enter, type Passage, passThrough, writeVerdict } from "./exchange/pass.ts";
export { compileTrust, type Trust } from "./proxy/trust.ts";
export { clientKey } from "./rate-limit/client-key.ts";
export {
	createMemoryStore,
	type Hits,
	type MemoryStore,
	type MemoryStoreOptions,
} from "./rate-limit/memory-store.ts";
export {
	type App,
	notCalled,
	openApp,
	openServerSettings,
	type ServerSettings,
} from "./runtime/app.ts";
export { currentRuntime } from "./runtime/current.ts";
export {
	MOUNTED_THROUGH_ROUTER,
	MOUNTED_TWICE,
	OTHER_COMPRESSION,
	REQUEST_LINES_AT_CONSTRUCTION,
	TRUST_AT_CONSTRUCTION,
} from "./runtime/notices.ts";
export { openPart, openRoute, type Part } from "./runtime/part.ts";
export type { Runtime } from "./runtime/runtime.ts";
