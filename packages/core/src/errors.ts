import { resolve } from "node:path";

/**
 * Every code an operator can meet, with what it means. Faults stop the boot; notices are logged once.
 * Each code has a heading of the same name in `docs/reference/errors.md`.
 */
export const CODES = {
	CONFIG_INVALID: "The configuration has faults; the message lists all of them",
	OPTION_UNKNOWN: "An option that does not exist",
	OPTION_INVALID: "An option with a value it cannot take",
	OPTIONS_INCOHERENT: "Options that are right one by one and wrong together",
	PROXY_TRUSTS_ALL: "Every client would be believed about its own address",
	CORS_WILDCARD_CREDENTIALS: "Every site would be allowed to act with your users' cookies",
	CORS_UNDECIDED: "The function that decides about sites did not say true or false",
	CSRF_REFUSED: "A page of another site wanted to act with a user's cookies",
	ENV_MISSING: "A variable that must be set is not",
	ENV_INVALID: "A variable with a value it cannot take",
	ENV_WEAK_SECRET: "A secret that can be guessed",
	ENV_FILE: "A variable that names a file which cannot be used",
	ENV_UNSAFE: "A setting of the process that must not reach production",
	ENV_UNKNOWN: "A variable that was asked for and never declared, or set and never read",
	PROCESS_OPTIONS_CONFLICT: "Two apps of one process ask for different settings of the process",
	LISTEN_FAILED: "The server could not listen",
	UNCAUGHT_EXCEPTION: "An exception nobody caught; the process is in an unknown state",
	UNHANDLED_REJECTION: "A promise that was rejected and nobody handled",
	SHUTDOWN_DEADLINE: "The deadline for the shutdown has passed with work unfinished",
	SHUTDOWN_CLOSER_FAILED: "A closer threw, rejected or took too long",
	WORK_FAILED: "Work that the program had begun behind an answer was rejected",
	DRAIN_HOOK_FAILED: "A hook of onDrain threw or rejected",
	STARTUP_FAILED: "Something the process needs before it may serve could not be had in time",
	SIGNALS_NOT_PASSED_ON: "The first process of the container does not pass stop signals on",
	SHUTDOWN_WORKER_FAILED: "A worker of the cluster did not finish its requests or its closers",
	NO_GRACE: "The platform gives no time between the stop signal and the kill",
	CODE_OVERRIDES_ENV: "A variable is set, and the code says otherwise",
	OTHER_SIGNAL_HANDLER: "The program listens for a stop signal too, and may exit before the shutdown is over",
	MOUNTED_TWICE: "A request came through two productionReady(); the second one let it pass",
	MOUNTED_LATE: "Something was set up before productionReady() could set it",
	TRUST_AT_CONSTRUCTION: "Fastify decides about proxies when it is constructed",
	FORWARDED_UNEXPLAINED: "Requests come with X-Forwarded-For and nobody said whether there is a proxy",
	FORWARDED_NOT_READ: "A proxy sends the header Forwarded, and no X-Forwarded-For",
	HOST_REFUSED: "A request for a host that is none of those allowed",
	HTTPS_LOOP: "Clients are sent to https by whom they may have come by https",
	PART_STANDS_DOWN: "The app brings this part itself, so ours stands down",
	MEMORY_STORE: "A store in memory, while several processes serve the same app",
	REDIS_AWAY: "Redis does not answer in time, or cannot be reached",
	REDIS_REFUSES: "Redis answers a command with an error",
	SESSION_OUTAGE: "The session store fails, or answers again",
	SESSION_CORRUPT: "A session in the store that cannot be read",
	SESSION_ABSENT: "The program asked for the session of a request that has none",
	SESSION_UNSAVABLE: "What a route has put into its session cannot be kept",
	SESSION_SECRET_MADE: "A secret for sessions that this process has made for itself",
	CACHED_FOR_OTHERS: "An answer for one client that shared caches may keep and give to others",
	REFUSALS_SUMMED_UP: "Requests that were refused in such numbers that they share one line",
	READINESS_CHANGED: "A readiness check changed its answer",
} as const;

export type Code = keyof typeof CODES;

/** One thing that is wrong with the configuration. Never holds the value of a secret. */
export interface Fault {
	readonly code: Code;
	/** Where: `rateLimit.limit`, `SESSION_SECRET`. */
	readonly at: string;
	/** What is wrong with the value seen. */
	readonly problem: string;
	/** What to type instead. */
	readonly hint: string;
}

/** Where a code is explained, from the root of the repository. */
export function docsPath(code: Code): string {
	return `docs/reference/errors.md#${code.toLowerCase()}`;
}

/**
 * The one error of this library, for the operator: thrown at start-up only, with all faults at once.
 * Requests never meet it.
 */
export class ProductionReadyError extends Error {
	override readonly name: "ProductionReadyError" = "ProductionReadyError";
	readonly code: Code;
	declare readonly hint: string;
	declare readonly docs: string;
	declare readonly faults: readonly Fault[];

	constructor(
		code: Code,
		message: string,
		hint: string,
		options: { faults?: readonly Fault[]; cause?: unknown } = {},
	) {
		super(message, "cause" in options ? { cause: options.cause } : undefined);
		this.code = code;
		// Node prints what can be enumerated behind the message: the report would stand there twice.
		const hidden = { hint, docs: docsPath(code), faults: options.faults ?? [] };
		for (const [name, value] of Object.entries(hidden)) Object.defineProperty(this, name, { value });
		this.stack = ownFramesRemoved(this.stack);
	}
}

/** Where this package and its adapters lie, side by side. */
const PACKAGES = resolve(import.meta.dirname, "../..");

/** Frames of ours and of Node: the line to look at is the program's. */
function isOwnFrame(line: string): boolean {
	return (
		/^ {4}at /.test(line) && [PACKAGES, "@production-ready", "node:"].some((part) => line.includes(part))
	);
}

function ownFramesRemoved(stack: string | undefined): string {
	const lines = (stack ?? "").split("\n");
	return lines.filter((line) => !isOwnFrame(line)).join("\n");
}

/** One report of all faults: what is wrong, and what to type. */
export function configError(faults: readonly Fault[]): ProductionReadyError {
	const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
	const lines = faults.map(
		(fault) => `  ${fault.at}: ${fault.problem}\n      -> ${fault.hint}  (${fault.code})`,
	);
	return new ProductionReadyError(
		"CONFIG_INVALID",
		`the configuration has ${count}, nothing was started\n${lines.join("\n")}`,
		// Read on a terminal behind the message, and in a line of the log before it.
		"the message lists every fault, each with what to type",
		{ faults },
	);
}
