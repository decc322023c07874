import { REQUEST_ID } from "../context/context.ts";
import { CORS } from "../cors/cors.ts";
import { CSRF } from "../csrf/csrf.ts";
import type { RequestRoom } from "../exchange/room.ts";
import { HEADERS } from "../headers/headers.ts";
import { HEALTH } from "../health/health.ts";
import { HOSTS } from "../hosts/hosts.ts";
import { HTTPS } from "../https/https.ts";
import { LIMITS } from "../limits/limits.ts";
import { LOGGING } from "../logging/logging.ts";
import { refuseMalformed } from "../malformed/malformed.ts";
import { PROXY } from "../proxy/proxy.ts";
import { RATE_LIMIT } from "../rate-limit/rate-limit.ts";
import type { Enabled } from "./pipeline.ts";

// biome-ignore lint/suspicious/noExplicitAny: a row holds a room with any values; each room types its own.
export type AnyRoom = RequestRoom<any, any>;

interface Row {
	readonly room: AnyRoom;
	/** Why it stands at this place and no other. */
	readonly reason: string;
}

/** The order in which a request meets the rooms. */
export const TABLE: readonly Row[] = [
	{ room: REQUEST_ID, reason: "first, so that every line and every refusal has an id" },
	{ room: LOGGING, reason: "before anything that can answer, so that a refusal has its line too" },
	{ room: PROXY, reason: "before all that asks who the client is, or whether it came by https" },
	{ room: HEADERS, reason: "before anything that can answer, so that refusals have their headers" },
	{ room: HEALTH, reason: "before all that may refuse: a probe is never limited, redirected or shed" },
	{ room: HOSTS, reason: "before anything that may build a link or a redirect from the host" },
	{
		room: HTTPS,
		reason: "behind the hosts, because it sends clients to one, and before all that costs something",
	},
	{ room: CORS, reason: "before the limit, so that a browser may read a 429" },
	{ room: RATE_LIMIT, reason: "before anything costly: bodies, sessions, routes" },
	{
		room: LIMITS,
		reason:
			"behind the limit, so that who comes too often is not even looked at; before all that reads a body",
	},
	{
		room: CSRF,
		reason:
			"behind the limit, so that what is refused counts; before sessions, so that none is loaded for it",
	},
];

/** What every app refuses, whatever it has chosen: between the rooms, and no room, because it has no options. */
export const ALWAYS: { readonly after: string; readonly reason: string; readonly step: Enabled } = {
	after: HEALTH.key,
	reason: "behind probes, which go by nothing but their path; before all that believes the head of a request",
	step: { key: "malformed", open: { enter: refuseMalformed } },
};
