import { writeError } from "../client-errors/client-errors.ts";
import type { Code } from "../errors.ts";
import { currentExchange, enteringExchange } from "../exchange/current.ts";
import { exchangeOf } from "../exchange/exchange.ts";
import type { Surroundings } from "../exchange/room.ts";
import type { Closers } from "../lifecycle/closers.ts";
import { type CrashHandlers, handleCrashes } from "../lifecycle/crash.ts";
import { leave } from "../lifecycle/exit.ts";
import type { Shutdown } from "../lifecycle/shutdown.ts";
import { whoKeepsSignals } from "../lifecycle/signal-path.ts";
import { listenForSignals, type SignalListener } from "../lifecycle/signals.ts";
import { flushLog } from "../log/flush.ts";
import type { Logger } from "../log/logger.ts";
import { say } from "../log/say.ts";
import type { Connections } from "../server/connections.ts";
import { isClusterWorker } from "./cluster.ts";
import type { Engine } from "./engines.ts";
import { otherSignalHandler, signalsNotPassedOn } from "./notices.ts";
import type { ProcessOptions } from "./process-options.ts";
import { listenToSupervisor, type Supervisor } from "./supervisor.ts";

export interface EndingsParts {
	readonly options: ProcessOptions;
	readonly closers: Closers;
	readonly servers: () => readonly Connections[];
	/** Asked when something ends the process, and not before. */
	readonly shutdown: () => Shutdown;
	readonly log: () => Logger;
	readonly notice: Surroundings["notice"];
}

/** What can end the process: signals, crashes, and the program above. */
export interface Endings {
	/** Those that the options want, each with what tells it from the same one with other options. */
	wanted(): ReadonlyMap<string, () => Engine>;
	/** Ends the process for a reason of our own; says so where crashes are the program's affair. */
	fail(code: Code, error: unknown, hint: string): void;
	/** Whether an error that nobody caught ends the process by us. */
	handlesCrashes(): boolean;
	suppressedErrors(): number;
	/** Ends the process within so long, or the thread. */
	leave(code: () => number, withinMs: number, isForced: boolean): Promise<void>;
	/** A usual handler closes the server and exits: the drain would be cut off without a word. */
	sayOtherHandlers(): void;
	tellReady(): void;
}

export function createEndings({ options, closers, servers, shutdown, log, notice }: EndingsParts): Endings {
	let signals: SignalListener | undefined;
	let crashes: CrashHandlers | undefined;
	let supervisor: Supervisor | undefined;
	/** Came before there was an app: Fastify registers plugins later, and the bootstrap may not be there. */
	let early: Parameters<Endings["fail"]> | undefined;

	function sayOtherHandlers(): void {
		for (const signal of signals?.others() ?? []) notice(...otherSignalHandler(signal));
	}

	function startSignals(names: readonly NodeJS.Signals[]): Engine {
		signals = listenForSignals({
			signals: [...new Set(names)],
			isTold: isClusterWorker,
			log,
			begin(signal) {
				sayOtherHandlers();
				void shutdown().begin({ reason: signal });
			},
			leave: (...how) => void leave(log(), ...how),
		});
		const keeper = options.mode() === "production" ? whoKeepsSignals() : undefined;
		if (keeper !== undefined) notice(...signalsNotPassedOn(keeper));
		return signals;
	}

	function startCrashHandlers(): Engine {
		crashes = handleCrashes({
			policy: options.crash,
			requestId: () => currentExchange()?.requestId || undefined,
			requestIds: () =>
				servers()
					.flatMap((server) => server.inFlight())
					.flatMap((request) => exchangeOf(request)?.requestId || []),
			answer(error) {
				const thrower = enteringExchange();
				if (thrower === undefined) return;
				const { request, response } = thrower;
				// What was thrown has left the parser in the middle of the request: it would take the next one for garbage.
				if (request.httpVersionMajor < 2 && !response.headersSent) response.setHeader("connection", "close");
				writeError(thrower, response, error);
			},
			begin(budgetMs, reported) {
				closers.addOwn("crash.onCrash", () => reported, { timeoutMs: budgetMs });
				void shutdown().begin({ reason: "crash", isFailure: true, budgetMs });
			},
			warn: (err) => say(log(), "error", { code: "UNHANDLED_REJECTION", err }, "a rejection nobody handled"),
		});
		if (early !== undefined) queueMicrotask(failEarly);
		return crashes;
	}

	function failEarly(): void {
		if (early !== undefined) crashes?.crash(...early);
		early = undefined;
	}

	/** What ends a worker thread is its parent's affair, which hears of it as an `error` where nobody catches it. */
	function raise(error: unknown): void {
		crashes?.uninstall();
		setImmediate(() => {
			throw error;
		});
		// Where somebody does.
		setImmediate(() => process.exit(1));
	}

	function startSupervisor(): Engine {
		supervisor = listenToSupervisor({
			takesMessages: options.config()?.platforms.includes("pm2") === true,
			begin: (reason) => void shutdown().begin({ reason }),
		});
		return supervisor;
	}

	return {
		wanted() {
			const wanted = new Map<string, () => Engine>();
			const { signals: names } = options.shutdown();
			if (options.mode() === "test") return wanted;
			if (options.isOn("crash")) wanted.set("crash", startCrashHandlers);
			if (options.isOn("shutdown")) {
				wanted.set(`signals ${names}`, () => startSignals(names));
				wanted.set("supervisor", startSupervisor);
			}
			return wanted;
		},
		fail(code, error, hint) {
			if (crashes !== undefined) {
				crashes.crash(code, error, hint);
				return;
			}
			if (options.config() === undefined) early = [code, error, hint];
			say(log(), "error", { code, hint, err: error }, "the process cannot serve");
		},
		handlesCrashes: () => crashes !== undefined,
		async leave(code, withinMs, isForced) {
			const cause = crashes?.cause();
			if (cause === undefined || isMainThread()) return leave(log(), code, withinMs, isForced);
			await flushLog(log(), withinMs);
			raise(cause.error);
		},
		suppressedErrors: () => crashes?.suppressed() ?? 0,
		sayOtherHandlers,
		tellReady: () => supervisor?.tellReady(),
	};
}

/** Not asked before there is a reason: a start would wait for that module to load. */
function isMainThread(): boolean {
	return process.getBuiltinModule("node:worker_threads").isMainThread;
}
