import { type Check, shown, wholeNumber } from "../checks.ts";
import { configError, type Fault } from "../errors.ts";
import { type Exchange, exchangeOf, type RequestLimits, type Verdict } from "../exchange/exchange.ts";
import { nearestName } from "../nearest.ts";
import { bodyVerdict } from "./body.ts";
import { LIMITS } from "./limits.ts";

/** What a JSON parser of ours takes beside what the library beneath it takes. */
export interface JsonPartOptions {
	/** Bytes of the body once it is inflated: a number, or text such as `"5mb"`. By default what the app allows a body. */
	limit?: number | string | undefined;
	/** As in the app's `limits`, which it takes the place of. */
	maxDepth?: number | undefined;
	/** As in the app's `limits`, which it takes the place of. */
	maxKeys?: number | undefined;
}

export interface JsonPart {
	/** What the library is opened with. */
	readonly library: Readonly<Record<string, unknown>>;
	/** What it says for itself, so that the app's limits make way for it. */
	readonly own: Partial<RequestLimits>;
	/** What holds for a request. */
	limitsOf(request: Exchange["request"]): RequestLimits;
	judge(request: Exchange["request"], body: unknown): Verdict | undefined;
}

const UNITS: Readonly<Record<string, number>> = { b: 1, kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30 };
const SIZE = /^(\d+(?:\.\d+)?) *(b|kb|mb|gb)$/i;

/** The package `bytes` reads `"5 megabytes"` as 5, and gives nothing for `"abc"`, which body-parser took for no limit. */
const LIMIT: Check = {
	expected: "bytes from 1, as a whole number or as text with b, kb, mb or gb",
	example: '"5mb"',
	accepts: (value) => wholeNumber({ min: 1, example: 1 }).accepts(bytesOf(value)),
};

const OWN_CHECKS: Readonly<Record<string, Check>> = {
	limit: LIMIT,
	maxDepth: LIMITS.CHECKS.maxDepth,
	maxKeys: LIMITS.CHECKS.maxKeys,
};

/** Of Express 4 and 5; each judges the values of its own. */
const LIBRARY_KEYS = ["defaultCharset", "inflate", "reviver", "strict", "type", "verify"];

/** Throws one error with all faults. */
export function openJsonPart(options: object = {}): JsonPart {
	const given = Object.entries(options).filter(([, value]) => value !== undefined);
	const faults = given.flatMap(([key, value]) => faultsOf(key, value));
	if (faults.length > 0) throw configError(faults);
	const { limit, maxDepth, maxKeys } = options as JsonPartOptions;
	const own = Object.fromEntries(
		Object.entries({ maxBodyBytes: bytesOf(limit), maxDepth, maxKeys }).filter(
			([, value]) => value !== undefined,
		),
	) as Partial<RequestLimits>;
	const limitsOf = (request: Exchange["request"]): RequestLimits => ({
		...(exchangeOf(request)?.limits ?? LIMITS.DEFAULTS),
		...own,
	});
	return {
		library: Object.fromEntries(given.filter(([key]) => LIBRARY_KEYS.includes(key))),
		own,
		limitsOf,
		judge: (request, body) => bodyVerdict(body, limitsOf(request), exchangeOf(request)?.requestId ?? ""),
	};
}

function bytesOf(limit: unknown): number | undefined {
	if (typeof limit !== "string") return limit as number | undefined;
	const [, count, unit = ""] = SIZE.exec(limit) ?? [];
	return Math.floor(Number(count) * (UNITS[unit.toLowerCase()] ?? Number.NaN));
}

function faultsOf(key: string, value: unknown): Fault[] {
	if (LIBRARY_KEYS.includes(key)) return [];
	const check = OWN_CHECKS[key];
	const at = `json.${key}`;
	if (check === undefined) {
		const known = [...Object.keys(OWN_CHECKS), ...LIBRARY_KEYS];
		const hint = `did you mean ${nearestName(key, known) ?? known.join(", ")}?`;
		return [{ code: "OPTION_UNKNOWN", at, problem: "is no option", hint }];
	}
	if (check.accepts(value)) return [];
	const problem = `is ${shown(value)}, and takes ${check.expected}`;
	return [{ code: "OPTION_INVALID", at, problem, hint: `json({ ${key}: ${check.example} })` }];
}
