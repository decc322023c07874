import type { IncomingMessage } from "node:http";
import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import { describeError } from "../log/describe-error.ts";
import { awaitReaders, writeStderr } from "../log/line-writer.ts";
import type { Logger } from "../log/logger.ts";
import { say } from "../log/say.ts";
import { spreadOut } from "../spread.ts";
import type { Closers } from "./closers.ts";
import { hasProgramFailed, keepFailure } from "./exit-code.ts";
import { type Loss, sayUnfinished, sayWhatIsLate } from "./late.ts";
import { drainWaits, type ShutdownValues } from "./lifecycle-settings.ts";
import type { PhaseClock } from "./phase.ts";
import {
	closerMs,
	forWorkersMs,
	LATE_LINES,
	LEAST_MS,
	LEAVING_MS,
	lastClosersMs,
	lastLinesMs,
	leavingMs,
} from "./shutdown-times.ts";
import type { Work } from "./work.ts";

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
	stopListening(arrivalsMs: number): Promise<void>;
	drain(waits: ReturnType<typeof drainWaits>): Promise<void>;
	destroy(): void;
}

/** What the engine works with; all of it is asked anew, because the options may come later than the engine. */
export interface ShutdownParts {
	readonly phase: PhaseClock;
	readonly closers: Closers;
	readonly work: Work;
	/** For each hook of `onDrain` outside of a request one that runs it. */
	readonly drainHooks: () => readonly (() => void)[];
	/** What need not go on once it has begun. */
	readonly onBegin: () => void;
	/** What is still to be told before the last line. */
	readonly onEnd: () => void;
	readonly policy: () => Readonly<ShutdownValues>;
	readonly log: () => Logger;
	readonly servers: () => readonly DrainedServer[];
	/** Processes that must have ended before the closers run. */
	readonly workers: {
		running(): number;
		stop(signals: ShutdownValues["signals"]): Promise<readonly string[]>;
	};
	/** Errors that followed the one that ended the process. */
	readonly suppressedErrors: () => number;
	/** Whether waits keep the process alive; a test runner's they do not. */
	readonly holdsProcess: () => boolean;
	/** Ends the process within so long, the log's last lines included; a test runner's it does not end. */
	readonly leave: (code: () => number, withinMs: number, isForced: boolean) => Promise<unknown>;
}

export interface Shutdown {
	/** Begins it, or tells of the one that has begun. Resolves with the exit code; for a closer at once, as it is now. */
	begin(cause: ShutdownCause): Promise<number>;
	hasBegun(): boolean;
}

export function createShutdown(parts: ShutdownParts): Shutdown {
	const { phase, closers, work } = parts;
	let begun: Promise<number> | undefined;
	let isFailure = false;

	async function run(cause: ShutdownCause): Promise<number> {
		const { drainDelayMs, lingerMs, spreadMs, deadlineMs, closerTimeoutMs, signals } = parts.policy();
		const isCrash = cause.budgetMs !== undefined;
		const ownMs = cause.budgetMs ?? deadlineMs;
		const delayMs = isCrash ? 0 : drainDelayMs;
		const budgetMs = parts.workers.running() > 0 ? Math.round(ownMs + forWorkersMs(ownMs)) : ownMs;
		const failedBefore = work.failed();
		const startedAtMs = performance.now();
		const elapsedMs = (): number => Math.round(performance.now() - startedAtMs);
		const remainingMs = (): number => budgetMs - elapsedMs();
		const log = parts.log();
		const tell = (fields: Record<string, unknown>, message: string): void =>
			say(log, "info", fields, message);
		const fail = (fields: Record<string, unknown>, message: string): void => {
			isFailure = true;
			say(log, "error", fields, message);
		};
		const inFlight = (): IncomingMessage[] => parts.servers().flatMap((server) => server.inFlight());

		tell({ reason: cause.reason, deadlineMs: budgetMs, inFlight: inFlight().length }, "shutdown started");
		phase.advance("draining");
		parts.onBegin();

		const lastMs = lastClosersMs(ownMs);
		/** When it was seen that the deadline is over. */
		let lateAtMs: number | undefined;
		let closing: Promise<void> | undefined;
		const letExit = parts.holdsProcess() ? keepFailure(() => isFailure, loss, log) : () => {};
		const finished = finish();
		const late = pause(budgetMs, "late" as const, { ref: parts.holdsProcess() });
		const isLate = (await Promise.race([finished, late])) === "late";
		const momentMs = leavingMs(ownMs, budgetMs - ownMs, closers.unfinished().length > 0);
		const leftAtMs = performance.now() + Math.max(remainingMs(), momentMs);
		const leftMs = (): number => leftAtMs - performance.now();
		if (isLate) {
			lateAtMs = performance.now();
			isFailure = true;
			awaitReaders(leftMs() * LATE_LINES);
			sayWhatIsLate(log, budgetMs, {
				requests: inFlight(),
				workers: parts.workers.running(),
				work: work.running(),
				closer: closers.running(),
			});
			for (const server of parts.servers()) server.destroy();
			await Promise.race([close(), closers.lastMoment(lastMs, parts.holdsProcess())]);
			closers.stop();
			sayUnfinished(log, closers.unfinished());
			// What is told of the requests that were cut comes before the last line.
			for (let turns = 0; turns < LAST_TURNS; turns++) await turn();
		}
		awaitReaders(lastLinesMs(leftMs()));
		phase.advance("closed");
		const exitCode = (): number => (isFailure || (parts.holdsProcess() && hasProgramFailed()) ? 1 : 0);
		const code = exitCode();
		if (code !== 0 && !isFailure)
			say(log, "error", { exitCode: process.exitCode }, "the program has set process.exitCode");
		parts.onEnd();
		const suppressed = parts.suppressedErrors() || undefined;
		const ending = { reason: cause.reason, exitCode: code, elapsedMs: elapsedMs(), suppressed };
		say(log, code === 0 ? "info" : "error", ending, "shutdown complete");
		letExit();
		// A crash may come while the log is flushed.
		await parts.leave(exitCode, Math.max(LEAST_MS, leftMs()), isLate);
		return exitCode();

		/** Those that drain last; and what the program lets listen again meanwhile, which ends the drain that there was. */
		async function drainRest(policy: Parameters<typeof drainWaits>[0]): Promise<void> {
			do {
				await Promise.all(parts.servers().map((server) => server.drain(drainWaits(policy, remainingMs()))));
				await turn();
			} while (inFlight().length > 0);
		}

		async function finish(): Promise<void> {
			// Workers have a delay of their own: told behind this one, they would end behind the deadline.
			const told = delayMs > 0 ? parts.workers.stop(signals) : undefined;
			if (delayMs > 0) await pause(delayMs, undefined, { ref: parts.holdsProcess() });
			phase.advance("closing");
			const first = parts.servers().filter((server) => !server.drainsLast);
			const policy = { lingerMs: isCrash ? 0 : lingerMs, spreadMs };
			const { arrivalsMs } = drainWaits(policy, remainingMs());
			await Promise.all(first.map((server) => server.stopListening(arrivalsMs)));
			const waits = drainWaits(policy, remainingMs());
			const drained = first.map((server) => server.drain(waits));
			spreadOut(parts.drainHooks(), waits.spreadMs);
			if (drained.length > 0)
				tell({ elapsedMs: elapsedMs(), inFlight: inFlight().length }, "stopped listening");
			const [failures] = await Promise.all([told ?? parts.workers.stop(signals), ...drained]);
			if (lateAtMs !== undefined) return;
			for (const failure of failures) fail({ code: "SHUTDOWN_WORKER_FAILED" }, failure);
			await drainRest({ lingerMs: 0, spreadMs });
			if (lateAtMs !== undefined) return;
			tell({ elapsedMs: elapsedMs(), work: work.running().length || undefined }, "all requests finished");
			if ((await work.finished()) > failedBefore) isFailure = true;
			await close();
		}

		/** Once: behind the last request, or at the deadline, when those that are left have been cut. */
		function close(): Promise<void> {
			closing ??= closers.run({
				timeoutMs: closerTimeoutMs,
				remainingMs: (waiting) => closerMs(remainingMs(), momentLeftMs(), waiting),
				onFailure: ({ name, error: err }) =>
					fail({ code: "SHUTDOWN_CLOSER_FAILED", closer: name, err }, `closer "${name}" failed`),
			});
			return closing;
		}

		/** Behind the deadline the requests and the work have been named. */
		function loss(): Loss {
			const [requests, names] = lateAtMs === undefined ? [inFlight(), work.running()] : [[], []];
			return { requests, work: names, closers: closers.cut(), closer: closers.running() };
		}

		function momentLeftMs(): number {
			return lateAtMs === undefined ? lastMs : lateAtMs + lastMs - performance.now();
		}
	}

	return {
		begin(cause) {
			// A crash while shutting down does not begin anew; it only decides the exit code.
			if (cause.isFailure) isFailure = true;
			// What a closer would wait for waits for the closer.
			if (begun !== undefined && closers.isCaller()) return Promise.resolve(isFailure ? 1 : 0);
			begun ??= run(cause).catch(async (error: unknown) => {
				// Whatever is broken in here: a process that was told to end has to end.
				writeStderr(`the shutdown failed: ${String(describeError(error).message)}\n`);
				await parts.leave(() => 1, LEAVING_MS, true);
				return 1;
			});
			return begun;
		},
		hasBegun: () => begun !== undefined,
	};
}

/** A request that is cut is told of when its connection has ended, a turn or two later. */
const LAST_TURNS = 10;
