import type { IncomingMessage, ServerResponse } from "node:http";
import { type Config, processChoices } from "../config/resolve.ts";
import { type Code, configError, type Fault } from "../errors.ts";
import { exchangeOf } from "../exchange/exchange.ts";
import type { Health, Surroundings } from "../exchange/room.ts";
import { createReadiness, type Readiness } from "../health/readiness.ts";
import { type Closers, createClosers } from "../lifecycle/closers.ts";
import { type CrashHandlers, handleCrashes, listenHint } from "../lifecycle/crash.ts";
import { CRASH, type CrashValues, SHUTDOWN, type ShutdownValues } from "../lifecycle/lifecycle-settings.ts";
import { createPhase, type PhaseClock } from "../lifecycle/phase.ts";
import { createShutdown, type Shutdown } from "../lifecycle/shutdown.ts";
import { listenForSignals } from "../lifecycle/signals.ts";
import { createLogger, type Logger } from "../log/logger.ts";
import type { Connections, HttpServer } from "../server/connections.ts";
import type { ServerValues } from "../server/server.ts";
import { applyTimeouts } from "../server/timeouts.ts";
import { startTracker, type Tracker } from "../server/track.ts";
import { stopWorkers } from "./cluster.ts";

interface Engine {
	uninstall(): void;
}

/** One a process: its servers, signals, closers, checks and log. The only place where the process rooms meet. */
export interface Runtime {
	readonly phase: PhaseClock;
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
	/** Hears of every request before anybody else; for the bootstrap, which has no adapter to open exchanges. */
	onRequest(listener: (request: IncomingMessage, response: ServerResponse) => void): () => void;
	shutdown(reason: string): Promise<number>;
	/** Gives everything back: handlers, listeners, timers, closers, checks. */
	uninstall(): void;
}

export function createRuntime(onUninstall: () => void): Runtime {
	const phase = createPhase();
	const closers = createClosers();
	const notes: string[] = [];
	const said = new Set<string>();
	const engines = new Map<unknown, Engine>();
	const requestListeners = new Set<(request: IncomingMessage, response: ServerResponse) => void>();
	/** What code has said about the process, whichever app it was. */
	const choices = new Map<string, unknown>();
	let config: Config | undefined;
	let logger: Logger | undefined;
	let tracker: Tracker | undefined;
	let crashes: CrashHandlers | undefined;

	const isTest = (): boolean => config?.mode === "test";

	function choose<Values extends object>(
		room: "server" | "shutdown" | "crash" | "logging",
		defaults: Values,
	): Values {
		const values = { ...defaults, ...(config?.rooms[room] || undefined) };
		for (const [path, value] of choices) {
			const [owner, key] = path.split(".");
			if (owner === room && key !== undefined) (values as Record<string, unknown>)[key] = value;
		}
		return values;
	}

	const isOn = (room: "server" | "shutdown" | "crash"): boolean =>
		config !== undefined && config.rooms[room] !== false && choices.get(room) !== false;
	const shutdownValues = (): ShutdownValues => choose("shutdown", SHUTDOWN.DEFAULTS);
	const crashValues = (): CrashValues => choose("crash", CRASH.DEFAULTS);

	function log(): Logger {
		const chosen = choose("logging", { logger: undefined as Logger | undefined, level: "info" });
		if (chosen.logger !== undefined) return chosen.logger;
		logger ??= createLogger({ level: chosen.level, format: config?.logFormat ?? "json" });
		if (logger.level !== chosen.level) logger.level = chosen.level;
		return logger;
	}

	function notice(code: Code, message: string, hint: string): void {
		const key = `${code} ${message}`;
		if (said.has(key)) return;
		said.add(key);
		notes.push(`${code}: ${message} -> ${hint}`);
		log().warn({ code, hint }, message);
	}

	const readiness = createReadiness((result, error) => {
		const level = result.status === "ok" ? "info" : result.isCritical ? "error" : "warn";
		const { name: check, status } = result;
		log()[level](
			{ code: "READINESS_CHANGED", check, status, err: error },
			`readiness check "${check}": ${status}`,
		);
	});

	const health: Health = {
		isStarted: () => phase.phase() !== "starting",
		isDraining: () => !["starting", "running"].includes(phase.phase()),
		readiness: () => readiness.results(),
	};

	const shutdown: Shutdown = createShutdown({
		phase,
		closers,
		policy: shutdownValues,
		log,
		servers: () => tracker?.servers() ?? [],
		dependants: ({ reason }) => stopWorkers(reason),
		flush: () => flush(log()),
		exit: (code) => {
			// A test runner must live on: it reads the code from the promise.
			if (!isTest()) process.exit(code);
		},
	});

	function startEngine(key: unknown, start: () => Engine): void {
		if (!engines.has(key)) engines.set(key, start());
	}

	function startTracking(): Tracker {
		tracker ??= startTracker({
			onServer(server) {
				if (isOn("server")) tune(server);
				if (phase.phase() === "starting") server.once("listening", () => phase.advance("running"));
				if (server.listening) phase.advance("running");
			},
			onListenError(_server, error) {
				if (!isTest()) crashes?.crash("LISTEN_FAILED", error, listenHint(error));
			},
			onRequest(request, response) {
				for (const listener of requestListeners) listener(request, response);
			},
		});
		return tracker;
	}

	function tune(server: HttpServer): void {
		if (server.keepAliveTimeout === undefined) return;
		const values = choose("server", config!.rooms.server as unknown as ServerValues);
		applyTimeouts(server as never, values, (key) => choices.has(`server.${key}`));
	}

	function startProcessEngines(): void {
		startEngine("tracker", startTracking);
		if (isTest()) return;
		if (isOn("crash")) {
			startEngine("crash", () => {
				crashes = handleCrashes({
					policy: crashValues,
					requestIds: () =>
						(tracker?.servers() ?? [])
							.flatMap((server) => server.inFlight())
							.map((request) => exchangeOf(request)?.requestId ?? "")
							.filter((id) => id !== ""),
					begin(budgetMs, reported) {
						closers.add("crash.onCrash", () => reported, { timeoutMs: budgetMs });
						void shutdown.begin({ reason: "crash", isFailure: true, budgetMs });
					},
					warn: (error) =>
						log().error({ code: "UNHANDLED_REJECTION", err: error }, "a rejection nobody handled"),
				});
				return crashes;
			});
		}
		if (isOn("shutdown")) {
			startEngine("signals", () =>
				listenForSignals({
					signals: shutdownValues().signals,
					log,
					begin: (signal) => void shutdown.begin({ reason: signal }),
					exit: (code) => process.exit(code),
				}),
			);
		}
	}

	return {
		phase,
		closers,
		readiness,
		notes,
		log,
		surroundings: {
			get mode() {
				return config?.mode ?? "production";
			},
			get log() {
				return log();
			},
			health,
			notice,
			start: (engine) => startEngine(engine, engine),
		},
		config: () => config,
		configure(next) {
			const faults = conflicts(choices, next);
			if (faults.length > 0) throw configError(faults);
			for (const [path, value] of processChoices(next)) choices.set(path, value);
			config = next;
			startProcessEngines();
			for (const { code, at, problem, hint } of next.notices) notice(code, `${at} ${problem}`, hint);
		},
		adopt: (server) => startTracking().adopt(server),
		drain(server) {
			void tracker
				?.servers()
				.find((connections) => connections.server === server)
				?.drain(0);
		},
		onRequest(listener) {
			requestListeners.add(listener);
			return () => requestListeners.delete(listener);
		},
		shutdown: (reason) => shutdown.begin({ reason }),
		uninstall() {
			for (const engine of engines.values()) engine.uninstall();
			engines.clear();
			tracker?.uninstall();
			onUninstall();
		},
	};
}

/** What a second app says of the process, where the first has said something else. */
function conflicts(choices: ReadonlyMap<string, unknown>, next: Config): Fault[] {
	return [...processChoices(next)]
		.filter(([path, value]) => choices.has(path) && !isSame(choices.get(path), value))
		.map(([path]) => ({
			code: "PROCESS_OPTIONS_CONFLICT",
			at: path,
			problem: "differs from what another app of this process has said, and the process has only one",
			hint: `say ${path} in one place`,
		}));
}

function isSame(a: unknown, b: unknown): boolean {
	return a === b || (Array.isArray(a) && Array.isArray(b) && a.join() === b.join());
}

/** How long a logger with transports may take to write what it holds. */
const FLUSH_TIMEOUT_MS = 500;

function flush(log: Logger): Promise<void> {
	return new Promise((resolve) => {
		const timer = setTimeout(resolve, FLUSH_TIMEOUT_MS);
		const done = (): void => {
			clearTimeout(timer);
			resolve();
		};
		try {
			if (typeof log.flush === "function") log.flush(done);
			else done();
		} catch {
			done();
		}
	});
}
