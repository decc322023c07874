import type { Fault } from "../errors.ts";
import { nearestName } from "../nearest.ts";
import { refuse } from "./parsed.ts";
import { type Environment, faultAt } from "./source.ts";
import { quotesKept } from "./text.ts";

const MODES = ["production", "development", "test"] as const;

export type Mode = (typeof MODES)[number];

/** Short forms people type; libraries compare NODE_ENV with the whole word. */
const ALIASES: ReadonlyMap<string, Mode> = new Map([
	["prod", "production"],
	["prd", "production"],
	["live", "production"],
	["dev", "development"],
	["develop", "development"],
	["local", "development"],
	["tests", "test"],
	["testing", "test"],
]);

/** What NODE_ENV means to this library: everything but `development` and `test` is production, also nothing. */
export function modeOf(nodeEnv: string | undefined): Mode {
	return MODES.find((mode) => mode === nodeEnv) ?? "production";
}

/** The same of the process itself, for what runs where nothing was resolved. */
export const processMode = (): Mode => modeOf(process.env.NODE_ENV);

/**
 * Judges NODE_ENV as it stands, not even a line break trimmed: Express and others compare it themselves.
 * A mistyped mode is a fault; another word (`staging`) works, as production here and as something else elsewhere.
 */
export function judgeNodeEnv(environment: Environment): { faults: Fault[]; notices: Fault[] } {
	const text = environment.NODE_ENV ?? "";
	const word = text.trim().toLowerCase();
	if (word === "") return { faults: [], notices: [MISSING] };
	if (MODES.some((mode) => mode === text)) return { faults: [], notices: [] };
	const quotes = quotesKept(text);
	if (quotes !== undefined) return { faults: [faultAt("NODE_ENV", quotes)], notices: [] };
	const meant = ALIASES.get(word) ?? nearestName(word, MODES);
	if (meant === undefined) return { faults: [], notices: [UNKNOWN] };
	const fault = refuse("is a mode mistyped", `did you mean NODE_ENV=${meant}? It must be exactly that`);
	return { faults: [faultAt("NODE_ENV", fault)], notices: [] };
}

const MISSING: Fault = {
	code: "ENV_MISSING",
	at: "NODE_ENV",
	problem: "is not set: taken for production here, and for development by Express and other libraries",
	hint: "set NODE_ENV=production, development or test",
};

const UNKNOWN: Fault = {
	code: "ENV_INVALID",
	at: "NODE_ENV",
	problem: `is none of ${MODES.join(", ")}: taken for production here, and for development by other libraries`,
	hint: "set NODE_ENV=production, and the stage as APP_ENV=staging",
};
