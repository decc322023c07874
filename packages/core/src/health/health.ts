import { bearsToken, TOKEN } from "../bearer.ts";
import { type Checks, exactPath } from "../checks.ts";
import type { Fault } from "../errors.ts";
import type { Exchange, OpenRoom, Verdict } from "../exchange/exchange.ts";
import type { CheckResult, Health, RequestRoom, Surroundings } from "../exchange/room.ts";
import { deepFreeze } from "../freeze.ts";

/** Paths are matched exactly: no trailing slash, no other spelling. A query is let be. */
export interface HealthOptions {
	/** Whether the process lives. Asks no dependency: an outage of one must not restart every instance. */
	livePath?: string | undefined;
	/** Whether requests should be sent here. */
	readyPath?: string | undefined;
	/** Whether the start-up is over. */
	startupPath?: string | undefined;
	/** Who sends `Authorization: Bearer <token>` is told which check failed; nobody else is. */
	token?: string | undefined;
}

export interface HealthValues {
	livePath: string;
	readyPath: string;
	startupPath: string;
	token: string | undefined;
}

const DEFAULTS: HealthValues = {
	livePath: "/livez",
	readyPath: "/readyz",
	startupPath: "/startupz",
	token: undefined,
};

const CHECKS: Checks<HealthValues> = {
	livePath: exactPath("/livez"),
	readyPath: exactPath("/readyz"),
	startupPath: exactPath("/startupz"),
	token: TOKEN,
};

function coherence({ livePath, readyPath, startupPath }: Readonly<HealthValues>): readonly Fault[] {
	if (new Set([livePath, readyPath, startupPath]).size === 3) return [];
	return [
		{
			code: "OPTIONS_INCOHERENT",
			at: "health",
			problem: "has one path for two probes: liveness would fail with every dependency, or readiness never",
			hint: 'health: { livePath: "/livez", readyPath: "/readyz", startupPath: "/startupz" }',
		},
	];
}

export interface HealthPolicy extends Readonly<HealthValues> {}

function policy(values: Readonly<HealthValues>): HealthPolicy {
	return deepFreeze({ ...values });
}

function create(policy: HealthPolicy, { health }: Surroundings): OpenRoom {
	return {
		enter(exchange) {
			const { path } = exchange;
			const { method } = exchange.request;
			if (method !== "GET" && method !== "HEAD") return undefined;
			if (path === policy.livePath) return answer(exchange, true);
			if (path === policy.readyPath) return readinessVerdict(exchange, policy, health);
			if (path === policy.startupPath) return answer(exchange, health.isStarted());
			return undefined;
		},
	};
}

function readinessVerdict(
	exchange: Exchange,
	policy: HealthPolicy,
	health: Health,
): Verdict | Promise<Verdict> {
	// At once, whatever the checks are waiting for: who routes requests must hear it before we stop listening.
	if (health.isDraining()) return answer(exchange, false);
	exchange.isProbe = true;
	const showsDetails = policy.token !== undefined && bearsToken(exchange.request, policy.token);
	return health.readiness().then((results) => {
		const isReady =
			!health.isDraining() && results.every((result) => result.status === "ok" || !result.isCritical);
		return answer(exchange, isReady, showsDetails ? results : undefined);
	});
}

function answer(exchange: Exchange, isWell: boolean, details?: readonly CheckResult[]): Verdict {
	exchange.isProbe = true;
	const status = isWell ? "ok" : "unavailable";
	const body = details === undefined ? { status } : { status, checks: details };
	return {
		status: isWell ? 200 : 503,
		headers: [
			["content-type", "application/json; charset=utf-8"],
			["cache-control", "no-store"],
		],
		body: JSON.stringify(body),
	};
}

export const HEALTH: RequestRoom<HealthValues, HealthPolicy> = {
	key: "health",
	purpose: "Traffic to an instance that is not ready, restarts of one that only waits",
	DEFAULTS,
	CHECKS,
	coherence,
	policy,
	create,
};
