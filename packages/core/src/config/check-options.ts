import { type Check, shown } from "../checks.ts";
import type { Fault } from "../errors.ts";
import { nearestName } from "../nearest.ts";
import { isEverybody } from "../proxy/trust.ts";
import { type AnySettings, ROOMS } from "./options.ts";
import { PLATFORM_NAMES } from "./platforms.ts";
import { PRESETS } from "./presets.ts";

/** Every fault of the options as they were written; the faults of how they go together come later. */
export function checkOptions(options: unknown): Fault[] {
	if (!isRecord(options)) {
		return [
			invalid("options", `is ${shown(options)}, and takes an object`, 'productionReady({ preset: "api" })'),
		];
	}
	return Object.entries(options).flatMap(([key, value]) =>
		value === undefined ? [] : checkOption(key, value),
	);
}

function checkOption(key: string, value: unknown): Fault[] {
	if (key === "preset") return checkName(key, value, Object.keys(PRESETS));
	if (key === "platform") return checkPlatform(value);
	const room = ROOMS.find((candidate) => candidate.key === key);
	if (room === undefined)
		return [unknownKey(key, key, ["preset", "platform", ...ROOMS.map(({ key }) => key)])];
	if (value === false) return [];
	if (key === "proxy" && believesEverybody(value)) return [trustsAll()];
	if (!isRecord(value)) {
		const isHops = key === "proxy" && typeof value === "number";
		const hint = isHops
			? `proxy: { hops: ${value} }`
			: value === true && PRESETS.api[key] !== false
				? `leave ${key} out for its defaults, or ${key}: { ... }, or ${key}: false`
				: `${key}: ${exampleOf(room)} or ${key}: false`;
		return [invalid(key, `is ${shown(value)}, and takes an object or false`, hint)];
	}
	return Object.entries(value).flatMap(([name, given]) => {
		const at = `${key}.${name}`;
		if (given === undefined) return [];
		if (!Object.hasOwn(room.CHECKS, name)) return [unknownKey(at, name, Object.keys(room.CHECKS))];
		const check = room.CHECKS[name]!;
		if (check.accepts(given))
			return at === "proxy.clientHeader" && !namesPeers(value) ? [headerOfNobody()] : [];
		return [
			invalid(
				at,
				`is ${shown(given, check)}, and takes ${check.expected}`,
				`${key}: { ${name}: ${check.meant?.(given) ?? check.example} }`,
			),
		];
	});
}

function checkPlatform(value: unknown): Fault[] {
	const names = ["auto", ...PLATFORM_NAMES];
	if (!Array.isArray(value)) return checkName("platform", value, names);
	if (value.length === 0) return [invalid("platform", "is an empty list", 'platform: "auto"')];
	return value.flatMap((name) => checkName("platform", name, PLATFORM_NAMES));
}

function checkName(key: string, value: unknown, names: readonly string[]): Fault[] {
	if (typeof value === "string" && names.includes(value)) return [];
	const near =
		typeof value === "string" ? (PLATFORM_NICKNAMES[value] ?? nearestName(value, names)) : undefined;
	return [
		invalid(key, `is ${shown(value)}, and takes one of ${names.join(", ")}`, `${key}: "${near ?? names[0]}"`),
	];
}

const PLATFORM_NICKNAMES: Readonly<Record<string, string>> = {
	k8s: "kubernetes",
	gcp: "gcp-lb",
	alb: "aws-alb",
	nlb: "aws-nlb",
	aws: "aws-alb",
	cloudrun: "cloud-run",
	cf: "cloudflare",
};

/** Names people know from the packages they come from. */
const FORMER_NAMES: Readonly<Record<string, string>> = {
	max: "limit",
	maxAge: "maxAgeSeconds",
	keyGenerator: "key",
	threshold: "thresholdBytes",
	timeout: "deadlineMs",
	bodyLimit: "maxBodyBytes",
	limit: "maxBodyBytes",
	depth: "maxDepth",
	parameterLimit: "maxParameters",
	gracefulShutdownTimeout: "deadlineMs",
	shutdownDelay: "drainDelayMs",
	trustProxy: "proxy",
	helmet: "headers",
	logger: "logging",
	hsts: "headers",
};

function unknownKey(at: string, name: string, known: readonly string[]): Fault {
	const former = FORMER_NAMES[name];
	const near = former !== undefined && known.includes(former) ? former : nearestName(name, known);
	return {
		code: "OPTION_UNKNOWN",
		at,
		problem: "is no option",
		hint: near === undefined ? `one of ${known.join(", ")}` : `did you mean ${near}?`,
	};
}

function believesEverybody(proxy: unknown): boolean {
	if (!isRecord(proxy)) return proxy === true;
	const { trust } = proxy;
	return (
		trust === true ||
		(Array.isArray(trust) && trust.some((entry) => typeof entry === "string" && isEverybody(entry)))
	);
}

function namesPeers({ hops, trust }: Record<string, unknown>): boolean {
	return hops !== undefined || trust !== undefined;
}

function headerOfNobody(): Fault {
	return {
		code: "OPTIONS_INCOHERENT",
		at: "proxy.clientHeader",
		problem: "is believed from trusted peers only, and no peer is named",
		hint: "proxy: { hops: 1, clientHeader: ... }",
	};
}

function trustsAll(): Fault {
	return {
		code: "PROXY_TRUSTS_ALL",
		at: "proxy",
		problem: "trusts whoever connects: every client could choose the address it is logged and limited by",
		hint: "proxy: { hops: 1 } (the number of proxies in front), proxy: { trust: [...] } or proxy: false",
	};
}

function invalid(at: string, problem: string, hint: string): Fault {
	return { code: "OPTION_INVALID", at, problem, hint };
}

function isRecord(value: unknown): value is Record<string, unknown> {
	if (typeof value !== "object" || value === null) return false;
	const prototype = Object.getPrototypeOf(value);
	return prototype === Object.prototype || prototype === null;
}

/** A room with its first option, as one would type it. */
function exampleOf({ CHECKS }: AnySettings): string {
	const [first] = Object.entries(CHECKS) as [string, Check][];
	return first === undefined ? "{}" : `{ ${first[0]}: ${first[1].example} }`;
}
