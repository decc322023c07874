import type { IncomingMessage } from "node:http";
import { exchangeOf } from "../exchange/exchange.ts";
import type { Logger } from "../log/logger.ts";
import { say } from "../log/say.ts";

/** What a shutdown still waited for when its time was up. */
export interface Unfinished {
	readonly requests: readonly IncomingMessage[];
	readonly workers: number;
	/** Names of what `waitUntil` was given. */
	readonly work: readonly string[];
	readonly closer: string | undefined;
}

/** A line must stay a line, however much hangs. */
const NAMED = 20;

/** Says what was not finished: the requests with their age, the workers, the work, the closer. */
export function sayWhatIsLate(
	log: Logger,
	deadlineMs: number,
	{ requests, workers, work, closer }: Unfinished,
): void {
	const { named, words } = nameRequests(requests);
	const what = [
		...(requests.length === 0 ? [] : [words]),
		...(workers === 0 ? [] : [count(workers, "worker")]),
		...work.slice(0, NAMED).map((name) => `work "${name}"`),
		...(closer === undefined ? [] : [`closer "${closer}"`]),
	];
	const handles = process.getActiveResourcesInfo();
	say(
		log,
		"error",
		{ code: "SHUTDOWN_DEADLINE", deadlineMs, requests: named, work, closer, handles },
		`deadline exceeded: ${what.join(", ") || "connections that did not end"}`,
	);
}

/** Says which are no longer waited for: the handlers of those whose clients have gone. */
export function sayGivenUp(log: Logger, requests: readonly IncomingMessage[]): void {
	if (requests.length === 0) return;
	const { named, words } = nameRequests(requests);
	const hint = "answer also where the client has gone, and hand what comes behind an answer to waitUntil()";
	say(log, "warn", { requests: named, hint }, `no longer waited for, for their clients have gone: ${words}`);
}

/** What a `process.exit()` of the program's cuts. */
export interface Loss {
	readonly requests: readonly IncomingMessage[];
	/** Names of what `waitUntil` was given. */
	readonly work: readonly string[];
	readonly closers: readonly string[];
	/** The one that runs, which may be the one that calls it. */
	readonly closer: string | undefined;
}

export const isLoss = ({ requests, work, closers }: Loss): boolean =>
	requests.length + work.length + closers.length > 0;

/** Says what the program's own `process.exit()` hides; behind it nothing else can be written. */
export function sayHidden(log: Logger, loss: Loss): void {
	const { named, words } = nameRequests(loss.requests);
	const work = loss.work.slice(0, NAMED);
	const closers = loss.closers.slice(0, NAMED);
	const what = [
		...(named.length === 0 ? [] : [words]),
		...work.map((name) => `work "${name}"`),
		...closers.map((name) => `closer "${name}"`),
	];
	const cut = isLoss(loss) ? { requests: named, work, closers } : {};
	const { closer } = loss;
	const outcome = isLoss(loss) ? `cut ${what.join(", ")}` : "something had failed";
	say(log, "error", { exitCode: 1, ...cut, closer }, `process.exit() was called, and ${outcome}`);
}

/** Names the closers that had no time any more. */
export function sayUnfinished(log: Logger, closers: readonly string[]): void {
	if (closers.length === 0) return;
	const names = closers.slice(0, NAMED).map((name) => `"${name}"`);
	say(
		log,
		"error",
		{ code: "SHUTDOWN_CLOSER_FAILED", closers: closers.slice(0, NAMED) },
		`${count(closers.length, "closer")} did not finish: ${names.join(", ")}`,
	);
}

interface LateRequest {
	readonly method: string | undefined;
	readonly path: string | undefined;
	readonly requestId: string | undefined;
	readonly ageMs: number | undefined;
}

/** As fields and as words; the count in words is of all, also of those that are not named. */
function nameRequests(requests: readonly IncomingMessage[]): {
	readonly named: readonly LateRequest[];
	readonly words: string;
} {
	const named = requests.slice(0, NAMED).map(describeRequest);
	return { named, words: `${count(requests.length, "request")} (${named.map(inWords).join("; ")})` };
}

function describeRequest(request: IncomingMessage): LateRequest {
	const exchange = exchangeOf(request);
	return {
		method: request.method,
		path: exchange?.path ?? request.url,
		requestId: exchange?.requestId || undefined,
		ageMs: exchange && Math.round(performance.now() - exchange.startedAtMs),
	};
}

function inWords({ method, path, ageMs, requestId }: LateRequest): string {
	const age = ageMs === undefined ? "" : `, ${(ageMs / 1_000).toFixed(1)} s`;
	return `${method} ${path}${age}${requestId === undefined ? "" : `, id ${requestId}`}`;
}

function count(number: number, what: string): string {
	return `${number} ${what}${number === 1 ? "" : "s"}`;
}
