/** For authors of adapters. Public from 1.0 on, and free to change before. */

export { errorVerdict, writeError } from "./client-errors/client-errors.ts";
export { type CompressionPolicy, compressionPolicy } from "./compression/compression.ts";
export type { AnswerHead } from "./compression/packing.ts";
export { runInExchange } from "./exchange/current.ts";
export {
	type Exchange,
	exchangeOf,
	type HeaderPair,
	type OpenRoom,
	openExchange,
	type RequestLimits,
	servedExchange,
	type Verdict,
} from "./exchange/exchange.ts";
export type { Framework, RouteOverrides } from "./exchange/framework.ts";
export { leavingHeader, setGiven } from "./exchange/head.ts";
export { originalUrl } from "./exchange/original-url.ts";
export { isAnswerable } from "./exchange/over.ts";
export {
	enter,
	forgetReasonPhrase,
	keepReason,
	type Passage,
	passThrough,
	writeVerdict,
} from "./exchange/pass.ts";
export { isCutShort } from "./exchange/unread.ts";
export { pathOf } from "./host.ts";
export { parsedVerdict, unparsedVerdict } from "./limits/body.ts";
export { type JsonPart, type JsonPartOptions, openJsonPart } from "./limits/json.ts";
export { toldBodyBytes } from "./limits/told.ts";
export { isBehindStrangers, THROUGH_STRANGERS } from "./proxy/strangers.ts";
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
	calledByHand,
	notCalled,
	openApp,
	openServerSettings,
	type ServerSettings,
} from "./runtime/app.ts";
export { currentRuntime } from "./runtime/current.ts";
export {
	BODY_LIMIT_AT_CONSTRUCTION,
	MOUNTED_THROUGH_ROUTER,
	MOUNTED_TWICE,
	mountedBehindRoutes,
	OTHER_COMPRESSION,
	OTHER_SESSION,
	REQUEST_LINES_AT_CONSTRUCTION,
	TRUST_AT_CONSTRUCTION,
} from "./runtime/notices.ts";
export { openPart, openRoute, type Part, type PartRoom } from "./runtime/part.ts";
export type { Runtime } from "./runtime/runtime.ts";
export { openSessionPart, type SessionPart } from "./runtime/session-part.ts";
export type { Sessions } from "./runtime/sessions.ts";
export { arrive } from "./session/arrival.ts";
export {
	type Baseline,
	hasChanged,
	mustSave,
	mustSendCookie,
	noteSave,
	openBaseline,
} from "./session/baseline.ts";
export { assignFields, noSession } from "./session/fields.ts";
export { type Hold, holdAnswer, prepareHold, type Saved } from "./session/hold.ts";
export type { Keeper } from "./session/keeper.ts";
export { isMadeLate, mayRenew } from "./session/lateness.ts";
export { createMemorySessionStore } from "./session/memory-store.ts";
export { isOutage, outageError, outageVerdict } from "./session/outage.ts";
export { isSecureFor, type SessionPartOptions, settled } from "./session/part.ts";
export type { CookiePolicy, SessionPolicy } from "./session/policy.ts";
export { isKnown, outcomeOf, refusalOf, unsavable } from "./session/saving.ts";
export { verifySignedId } from "./session/signed-id.ts";
export type { InnerStore, SessionStore, SetOptions, StoreCallback, StoredSession } from "./session/store.ts";
export { isSaving, openFirstVisit, openVisit, type Visit, whenSaved } from "./session/visit.ts";
