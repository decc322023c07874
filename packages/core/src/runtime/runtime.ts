import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { Config } from "../config/resolve.ts";
import { exchangeOf } from "../exchange/exchange.ts";
import type { Health, Surroundings } from "../exchange/room.ts";
import { createReadiness, type Readiness } from "../health/readiness.ts";
import { type Closers, createClosers } from "../lifecycle/closers.ts";
import { type CrashHandlers, handleCrashes, listenHint } from "../lifecycle/crash.ts";
import { exitNow } from "../lifecycle/exit.ts";
import { createPhase } from "../lifecycle/phase.ts";
import { createShutdown, type Shutdown } from "../lifecycle/shutdown.ts";
import { listenForSignals } from "../lifecycle/signals.ts";
import { flushLog } from "../log/flush.ts";
import type { Logger } from "../log/logger.ts";
import { say } from "../log/say.ts";
import type { Connections, HttpServer } from "../server/connections.ts";
import { applyTimeouts } from "../server/timeouts.ts";
import { startTracker, type Tracker } from "../server/track.ts";
import { WORKERS } from "./cluster.ts";
import { otherSignalHandler } from "./notices.ts";
import { createProcessOptions } from "./process-options.ts";
import { createVoice } from "./voice.ts";

interface Engine {
	uninstall(): void;
}

type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/** One a process: its servers, signals, closers, checks and log. The only place where the process rooms meet. */
export interface Runtime {
	readonly closers: Closers;
	readonly readiness: Readiness;
	/** What request rooms may ask of the process. */
	readonly surroundings: Surroundings;
	/** What was said once, for `explain()`. */
	readonly notes: readonly string[];
	log(): Logger;
	config(): Config | undefined;
	/** Starts the engines with these options, or refines those that run. Throws PROCESS_OPTIONS_CONFLICT. */
	configure(config: Config): void;
	adopt(server: HttpServer): Connections;
	/** Brings the connections of a server to an end that the program closes itself. */
	drain(server: HttpServer): void;
	/** Until this resolves a framework is opening its addresses, and a shutdown waits for it. */
	awaitStartup(startup: Promise<void>): void;
	/** Hears of every request before anybody else; for the bootstrap, which has no adapter to open exchanges. */
	onRequest(listener: RequestListener): void;
	shutdown(reason: string): Promise<number>;
	/** Gives everything back: handlers, listeners, timers, closers, checks. */
	uninstall(): void;
}

/** How long a shutdown waits for a framework that is opening its addresses. */
const STARTUP_MS = 1_000;

export function createRuntime(onUninstall: () => void): Runtime {
	const options = createProcessOptions();
	const phase = createPhase();
	const closers = createClosers();
	const { log, notice, notes, sayReadiness } = createVoice(options);
	const readiness = createReadiness(sayReadiness);
	const engines = new Map<unknown, Engine>();
	const startups = new Set<Promise<unknown>>();
	const requestListeners = new Set<RequestListener>();
	let otherHandlers: () => readonly NodeJS.Signals[] = () => [];
	let tracker: Tracker | undefined;
	let crashes: CrashHandlers | undefined;

	const isTest = (): boolean => options.config()?.mode === "test";
	const servers = (): readonly Connections[] => tracker?.servers() ?? [];
	const start = (key: unknown, engine: () => Engine): void => {
		if (!engines.has(key)) engines.set(key, engine());
	};

	const health: Health = {
		isStarted: () => phase.phase() !== "starting",
		isDraining: () => shutdown.hasBegun(),
		readiness: () => readiness.results(),
	};

	const shutdown: Shutdown = createShutdown({
		phase,
		closers,
		policy: options.shutdown,
		log,
		servers,
		startups: () => Promise.race([Promise.all(startups), pause(STARTUP_MS, undefined, { ref: false })]),
		workers: WORKERS,
		flush: () => flushLog(log()),
		holdsProcess: () => !isTest(),
		// A test runner must live on: it reads the code from the promise.
		exit: (code) => isTest() || exitNow(code),
	});

	function onServer(server: HttpServer): void {
		if (!options.isOn("server") || server.keepAliveTimeout === undefined) return;
		applyTimeouts(server as never, options.server(), (key) => options.isChosen("server", key));
	}

	/** A usual handler closes the server and exits: the drain would be cut off without a word. */
	function sayOtherHandlers(): void {
		for (const signal of otherHandlers()) notice(...otherSignalHandler(signal));
	}

	function onListening(connections: Connections): void {
		sayOtherHandlers();
		phase.advance("running");
		// What begins to listen while the process ends is ended too.
		if (shutdown.hasBegun()) void connections.drain(0);
	}

	function startTracking(): Tracker {
		tracker ??= startTracker({
			onServer,
			onListening,
			onListenError(error) {
				crashes?.crash("LISTEN_FAILED", error, listenHint(error));
			},
			onClientError(error, status) {
				say(log(), "debug", { err: error, status }, "bytes that are no request");
			},
			onRequest(request, response) {
				for (const listener of requestListeners) listener(request, response);
			},
		});
		return tracker;
	}

	function startCrashHandlers(): CrashHandlers {
		crashes = handleCrashes({
			policy: options.crash,
			requestIds: () =>
				servers()
					.flatMap((server) => server.inFlight())
					.flatMap((request) => exchangeOf(request)?.requestId || []),
			begin(budgetMs, reported) {
				closers.add("crash.onCrash", () => reported, { timeoutMs: budgetMs });
				void shutdown.begin({ reason: "crash", isFailure: true, budgetMs });
			},
			warn: (err) => say(log(), "error", { code: "UNHANDLED_REJECTION", err }, "a rejection nobody handled"),
		});
		return crashes;
	}

	/** Starts what is on, and stops what a later app has turned off or changed. */
	function startEngines(): void {
		start("tracker", startTracking);
		const { signals } = options.shutdown();
		const wanted = new Map<string, () => Engine>();
		if (!isTest() && options.isOn("crash")) wanted.set("crash", startCrashHandlers);
		if (!isTest() && options.isOn("shutdown")) wanted.set(`signals ${signals}`, () => startSignals(signals));
		for (const [key, engine] of engines) {
			const isOurs = typeof key === "string" && key !== "tracker";
			if (!isOurs || wanted.has(key)) continue;
			engine.uninstall();
			engines.delete(key);
		}
		for (const [key, engine] of wanted) start(key, engine);
	}

	function startSignals(signals: readonly NodeJS.Signals[]): Engine {
		const listener = listenForSignals({
			signals: [...new Set(signals)],
			log,
			begin(signal) {
				sayOtherHandlers();
				void shutdown.begin({ reason: signal });
			},
			exit: exitNow,
		});
		otherHandlers = listener.others;
		return listener;
	}

	return {
		closers,
		readiness,
		notes,
		log,
		surroundings: {
			get mode() {
				return options.config()?.mode ?? "production";
			},
			get log() {
				return log();
			},
			health,
			notice,
			start: (engine) => start(engine, engine),
		},
		config: options.config,
		configure(next) {
			options.refine(next);
			startEngines();
			for (const { code, at, problem, hint } of next.notices) notice(code, `${at} ${problem}`, hint);
		},
		adopt: (server) => startTracking().adopt(server),
		drain(server) {
			void servers()
				.find((connections) => connections.server === server)
				?.drain(0);
		},
		awaitStartup(startup) {
			startups.add(startup);
			void startup.finally(() => startups.delete(startup));
		},
		onRequest: (listener) => void requestListeners.add(listener),
		shutdown: (reason) => shutdown.begin({ reason }),
		uninstall() {
			for (const engine of engines.values()) engine.uninstall();
			engines.clear();
			tracker?.uninstall();
			requestListeners.clear();
			onUninstall();
		},
	};
}
