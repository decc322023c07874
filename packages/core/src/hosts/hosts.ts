import type { Checks } from "../checks.ts";
import type { Fault } from "../errors.ts";
import type { Exchange, OpenRoom, Verdict } from "../exchange/exchange.ts";
import { originalUrl } from "../exchange/original-url.ts";
import type { Facts, RequestRoom, Surroundings } from "../exchange/room.ts";
import { deepFreeze } from "../freeze.ts";
import { askedHost, type Host, LOOPBACK, MALFORMED, NO_HOST, parseHost } from "../host.ts";
import { problem } from "../problem.ts";
import { ALLOWED, type Allows, compileAllowed } from "./allowed.ts";
import { createRefusals, type Refusals } from "./refusals.ts";

export interface HostsOptions {
	/**
	 * The hosts that are served; a request for another one is refused with 421 (RFC 9110, section 15.5.20). Whoever builds
	 * a link or a redirect from a host that the client has chosen sends users there, with the token of their new password.
	 * `"example.com"` is that host at every port, `"example.com:8443"` at this one, `".example.com"` the domain itself and
	 * all below it; IPv6 stands in brackets. Outside of production `localhost`, `127.0.0.1` and `[::1]` are served too.
	 */
	allowed?: readonly string[] | undefined;
}

export interface HostsValues {
	allowed: readonly string[] | undefined;
}

const DEFAULTS: HostsValues = { allowed: undefined };

const CHECKS: Checks<HostsValues> = { allowed: ALLOWED };

function coherence({ allowed }: Readonly<HostsValues>): readonly Fault[] {
	if (allowed !== undefined) return [];
	return [
		{
			code: "OPTIONS_INCOHERENT",
			at: "hosts",
			problem: "names no host, so every request would be refused",
			hint: 'hosts: { allowed: ["example.com"] }, or EXTERNAL_URL=https://example.com',
		},
	];
}

export interface HostsPolicy {
	readonly allowed: readonly string[];
	readonly allows: Allows;
}

function policy({ allowed = [] }: Readonly<HostsValues>, { mode }: Facts): HostsPolicy {
	// What a developer or a test asks for; in production it is a header like any other.
	const served = mode === "production" ? allowed : [...allowed, ...LOOPBACK];
	return deepFreeze({ allowed, allows: compileAllowed(served) });
}

function enter(policy: HostsPolicy, refusals: Refusals, exchange: Exchange): Verdict | undefined {
	const asked = askedHost(exchange.request, originalUrl(exchange.request));
	if (asked === "none") return refuse(exchange, 400, NO_HOST);
	if (asked === "malformed") return refuse(exchange, 400, MALFORMED);
	if (!policy.allows(asked, exchange.isSecure)) return misdirected(exchange, refusals, asked, "Host");
	exchange.host = asked;
	if (exchange.forwardedHost === undefined) return undefined;
	return enterForwarded(policy, refusals, exchange, String(exchange.request.headers["x-forwarded-host"]));
}

/**
 * What stands there for the program to read: a believed proxy hands on what the client has written, unless it overwrites
 * it. Where the framework goes by a trust of the program's own it is a list, of which Express takes the first, Fastify the
 * last.
 */
function enterForwarded(
	{ allows }: HostsPolicy,
	refusals: Refusals,
	exchange: Exchange,
	written: string,
): Verdict | undefined {
	let first: Host | undefined;
	for (const entry of written.split(",")) {
		const host = parseHost(entry.trim());
		if (host === undefined) return refuse(exchange, 400, "X-Forwarded-Host is malformed");
		if (!allows(host, exchange.isSecure)) return misdirected(exchange, refusals, host, "X-Forwarded-Host");
		first ??= host;
	}
	exchange.host = first;
	return undefined;
}

function misdirected(exchange: Exchange, refusals: Refusals, host: Host, header: string): Verdict {
	refusals.tell(host, header);
	const verdict = refuse(exchange, 421, "this host is not served here");
	exchange.reason = `${header} "${host.name}" is none of the hosts allowed`;
	return verdict;
}

/** What is malformed is not repeated, to nobody. */
function refuse(exchange: Exchange, status: number, message: string): Verdict {
	exchange.reason = message;
	return problem({ status, message }, status, exchange.requestId);
}

export const HOSTS: RequestRoom<HostsValues, HostsPolicy> = {
	key: "hosts",
	purpose: "Links, redirects and caches that lead to a host which the client has made up",
	DEFAULTS,
	CHECKS,
	coherence,
	AWAKENED_BY: ["allowed"],
	policy,
	create(policy, { notice }: Surroundings): OpenRoom {
		const refusals = createRefusals(policy.allowed, notice);
		return { enter: (exchange) => enter(policy, refusals, exchange) };
	},
};
