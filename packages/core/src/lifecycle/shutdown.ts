import type { IncomingMessage } from "node:http";
import { exchangeOf } from "../exchange/exchange.ts";
import type { Logger } from "../log/logger.ts";
import type { Closers } from "./closers.ts";
import type { ShutdownValues } from "./lifecycle-settings.ts";
import type { PhaseClock } from "./phase.ts";

/** Why a process ends, as data: a signal's name, `crash`, or what the program said. */
export interface ShutdownCause {
	readonly reason: string;
	/** The process ends with 1 whatever comes. */
	readonly isFailure?: boolean;
	/** Replaces `deadlineMs`; a crash also has no time for delays. */
	readonly budgetMs?: number;
}

/** A server, as far as its end is concerned. */
export interface DrainedServer {
	readonly drainsLast: boolean;
	inFlight(): readonly IncomingMessage[];
	drain(lingerMs: number): Promise<void>;
	destroy(): void;
}

/** What the engine works with; all of it is asked anew, because the options may come later than the engine. */
export interface ShutdownParts {
	readonly phase: PhaseClock;
	readonly closers: Closers;
	readonly policy: () => Readonly<ShutdownValues>;
	readonly log: () => Logger;
	readonly servers: () => readonly DrainedServer[];
	/** What has begun to listen and is not done with it; a listener that is taken away meanwhile would break it. */
	readonly startups: () => Promise<unknown>;
	/** Processes that must have ended before the closers run. */
	readonly workers: { running(): number; stop(reason: string): Promise<void> };
	readonly flush: () => Promise<void>;
	/** Ends the process; under NODE_ENV=test it only notes the code. */
	readonly exit: (code: number) => void;
}

export interface Shutdown {
	/** Begins it, or tells of the one that has begun. Resolves with the exit code. */
	begin(cause: ShutdownCause): Promise<number>;
	hasBegun(): boolean;
}

export function createShutdown(parts: ShutdownParts): Shutdown {
	const { phase, closers } = parts;
	let begun: Promise<number> | undefined;
	let isFailure = false;

	async function run(cause: ShutdownCause): Promise<number> {
		const { drainDelayMs, lingerMs, deadlineMs, closerTimeoutMs } = parts.policy();
		const isCrash = cause.budgetMs !== undefined;
		const share = parts.workers.running() > 0 ? SHARE_WITH_WORKERS : 1;
		const budgetMs = Math.round((cause.budgetMs ?? deadlineMs) * share);
		const startedAtMs = performance.now();
		const elapsedMs = (): number => Math.round(performance.now() - startedAtMs);
		const remainingMs = (): number => budgetMs - elapsedMs();
		const log = parts.log();
		const inFlight = (): IncomingMessage[] => parts.servers().flatMap((server) => server.inFlight());

		log.info({ reason: cause.reason, deadlineMs: budgetMs, inFlight: inFlight().length }, "shutdown started");
		phase.advance("draining");

		const finished = (async () => {
			if (drainDelayMs > 0 && !isCrash) await new Promise((resolve) => setTimeout(resolve, drainDelayMs));
			await parts.startups();
			phase.advance("closing");
			const first = parts.servers().filter((server) => !server.drainsLast);
			const drained = first.map((server) => server.drain(isCrash ? 0 : lingerMs));
			if (drained.length > 0)
				log.info({ elapsedMs: elapsedMs(), inFlight: inFlight().length }, "stopped listening");
			await Promise.all([...drained, parts.workers.stop(cause.reason)]);
			await Promise.all(parts.servers().map((server) => server.drain(0)));
			log.info({ elapsedMs: elapsedMs() }, "all requests finished");
			for (const failure of await closers.run({ timeoutMs: closerTimeoutMs, remainingMs })) {
				isFailure = true;
				const code = "SHUTDOWN_CLOSER_FAILED";
				log.error({ code, closer: failure.name, err: failure.error }, `closer "${failure.name}" failed`);
			}
			return "finished" as const;
		})();

		let timer: NodeJS.Timeout | undefined;
		const late = new Promise<"late">((resolve) => {
			timer = setTimeout(resolve, budgetMs, "late");
		});
		if ((await Promise.race([finished, late])) === "late") {
			isFailure = true;
			reportLate(log, inFlight(), parts.workers.running(), closers.running(), budgetMs);
			for (const server of parts.servers()) server.destroy();
		}
		clearTimeout(timer);
		phase.advance("closed");
		const code = isFailure || cause.isFailure ? 1 : 0;
		log[code === 0 ? "info" : "error"](
			{ reason: cause.reason, exitCode: code, elapsedMs: elapsedMs() },
			"shutdown complete",
		);
		await parts.flush();
		parts.exit(code);
		return code;
	}

	return {
		begin(cause) {
			// A crash while shutting down does not begin anew; it only decides the exit code.
			if (cause.isFailure) isFailure = true;
			begun ??= run(cause);
			return begun;
		},
		hasBegun: () => begun !== undefined,
	};
}

/** A primary that gave up with its workers would not see how they end; the grace leaves room for this. */
const SHARE_WITH_WORKERS = 17 / 16;

const NAMED_REQUESTS = 20;

/** Says what was not finished: the requests, oldest first, and the closer. */
function reportLate(
	log: Logger,
	late: readonly IncomingMessage[],
	workers: number,
	closer: string | undefined,
	budgetMs: number,
): void {
	const requests = late.slice(0, NAMED_REQUESTS).map((request) => {
		const exchange = exchangeOf(request);
		return {
			method: request.method,
			path: exchange?.path ?? request.url,
			requestId: exchange?.requestId || undefined,
			ageMs: exchange === undefined ? undefined : Math.round(performance.now() - exchange.startedAtMs),
		};
	});
	const named = requests.map(({ method, path, ageMs, requestId }) => {
		const age = ageMs === undefined ? "" : `, ${(ageMs / 1_000).toFixed(1)} s`;
		return `${method} ${path}${age}${requestId === undefined ? "" : `, id ${requestId}`}`;
	});
	const what = [
		...(late.length === 0
			? []
			: [`${late.length} request${late.length === 1 ? "" : "s"} (${named.join("; ")})`]),
		...(workers === 0 ? [] : [`${workers} worker${workers === 1 ? "" : "s"}`]),
		...(closer === undefined ? [] : [`closer "${closer}"`]),
	];
	log.error(
		{
			code: "SHUTDOWN_DEADLINE",
			deadlineMs: budgetMs,
			requests,
			closer,
			handles: process.getActiveResourcesInfo(),
		},
		`deadline exceeded: ${what.join(", ") || "connections that did not end"}`,
	);
}
