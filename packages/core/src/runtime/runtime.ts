import type { IncomingMessage, ServerResponse } from "node:http";
import type { Config } from "../config/resolve.ts";
import type { Health, Surroundings } from "../exchange/room.ts";
import { createReadiness, type Readiness } from "../health/readiness.ts";
import { createStartup, type Startup } from "../health/startup.ts";
import { type Closers, createClosers } from "../lifecycle/closers.ts";
import { listenHint } from "../lifecycle/crash.ts";
import { drainWaits } from "../lifecycle/lifecycle-settings.ts";
import { createDrainHooks, type DrainHooks } from "../lifecycle/on-drain.ts";
import { createPhase } from "../lifecycle/phase.ts";
import { createShutdown, type Shutdown } from "../lifecycle/shutdown.ts";
import { createWork, type Work } from "../lifecycle/work.ts";
import { flushLog } from "../log/flush.ts";
import type { Connections, HttpServer } from "../server/connections.ts";
import type { DrainWaits } from "../server/drain-waits.ts";
import { limitServer } from "../server/limits.ts";
import { startTracker, type Tracker } from "../server/track.ts";
import { isLeavingWorker, trackWorkers } from "./cluster.ts";
import { createEndings } from "./endings.ts";
import { createEngines } from "./engines.ts";
import { createProcessOptions } from "./process-options.ts";
import { createProcessRedis } from "./redis.ts";
import { createRequestLines } from "./request-lines.ts";
import { createVoice, type Voice } from "./voice.ts";

type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/** One a process: its servers, signals, closers, checks and log. The only place where the process rooms meet. */
export interface Runtime extends Pick<Voice, "log" | "notes" | "announce"> {
	readonly closers: Closers;
	readonly readiness: Readiness;
	readonly startup: Startup;
	/** What goes on behind requests that are answered, and is waited for. */
	readonly work: Work;
	readonly drainHooks: DrainHooks;
	/** What request rooms may ask of the process. */
	readonly surroundings: Surroundings;
	config(): Config | undefined;
	/** Starts the engines with these options, or refines those that run. Throws PROCESS_OPTIONS_CONFLICT. */
	configure(config: Config): void;
	adopt(server: HttpServer): Connections;
	/** Begins to bring a server to its end that the program is about to close; resolves once it no longer listens. */
	stopListening(server: HttpServer): Promise<void>;
	/** Hears of every request before anybody else; for the bootstrap, which has no adapter to open exchanges. */
	onRequest(listener: RequestListener): void;
	shutdown(reason: string): Promise<number>;
	/** Gives everything back: handlers, listeners, timers, closers, checks. */
	uninstall(): void;
}

export function createRuntime(onUninstall: () => void): Runtime {
	const options = createProcessOptions();
	const phase = createPhase();
	const closers = createClosers();
	const voice = createVoice(options);
	const { log, notice, notes, sayReadiness, sayStartup, sayWork, sayDrainHook } = voice;
	const { refusals, ...lines } = createRequestLines(options, log);
	const readiness = createReadiness(sayReadiness);
	const engines = createEngines();
	const workers = trackWorkers();
	const requestListeners = new Set<RequestListener>();
	const ended = new WeakSet<HttpServer>();
	let tracker: Tracker | undefined;

	const isTest = (): boolean => options.mode() === "test";
	const servers = (): readonly Connections[] => tracker?.servers() ?? [];
	const endings = createEndings({ options, closers, servers, shutdown: () => shutdown, log, notice });
	const work = createWork(sayWork);
	const startup = createStartup({
		onRetry: sayStartup,
		onFailure(name, error) {
			endings.fail(
				"STARTUP_FAILED",
				error,
				`look at what "${name}" needs, or give it more time: { timeoutMs }`,
			);
		},
		onDone: tellReady,
	});

	const health: Health = {
		isStarted: () => phase.phase() !== "starting" && startup.pending().length === 0,
		isDraining: () => shutdown.hasBegun(),
		readiness: async () => [...startup.pending(), ...(await readiness.results())],
	};

	function tellReady(): void {
		if (health.isStarted()) endings.tellReady();
	}
	const drainHooks = createDrainHooks(sayDrainHook);
	const shutdown: Shutdown = createShutdown({
		phase,
		closers,
		work,
		drainHooks: drainHooks.all,
		onBegin() {
			workers.replaceNone();
			voice.writeAtOnce();
			startup.stop();
			readiness.release();
		},
		onEnd: refusals.close,
		policy: options.shutdown,
		log,
		servers,
		workers,
		suppressedErrors: endings.suppressedErrors,
		holdsProcess: () => !isTest(),
		// A test runner must live on: it reads the code from the promise.
		leave: (code, withinMs, isForced) =>
			isTest() ? flushLog(log(), withinMs, false) : endings.leave(code, withinMs, isForced),
	});

	const redis = createProcessRedis({ values: options.redis, readiness, startup, closers, log });

	function onServer(connections: Connections): void {
		if (options.isOn("server"))
			limitServer(connections, options.server(), (key) => options.isChosen("server", key));
	}

	function onListening(connections: Connections): void {
		endings.sayOtherHandlers();
		phase.advance("running");
		voice.prepare();
		if (shutdown.hasBegun()) endAtOnce(connections);
		else tellReady();
	}

	/** What begins to listen while the process ends is ended too; but a program that lets it listen again each time has its way. */
	function endAtOnce(connections: Connections): void {
		if (ended.has(connections.server)) return;
		ended.add(connections.server);
		void connections.drain({ lingerMs: 0, spreadMs: 0, arrivalsMs: 0, withinMs: Number.POSITIVE_INFINITY });
	}

	/** The program closes a server, and only that. */
	function onClosed(connections: Connections): boolean {
		if (!options.isOn("shutdown")) return false;
		if (isLeavingWorker()) void shutdown.begin({ reason: "disconnect" });
		else void connections.drain(waitsAlone());
		return true;
	}

	const waitsAlone = (): DrainWaits => drainWaits(options.shutdown(), options.shutdown().deadlineMs);

	function startTracking(): Tracker {
		tracker ??= startTracker({
			onServer,
			onListening,
			onClosed,
			onListenError(error) {
				if (endings.handlesCrashes()) endings.fail("LISTEN_FAILED", error, listenHint(error));
			},
			...lines,
			onRequest(request, response) {
				for (const listener of requestListeners) listener(request, response);
			},
		});
		return tracker;
	}

	/** Starts what is on, and stops what a later app has turned off or changed. */
	function startEngines(): void {
		engines.start("tracker", startTracking);
		engines.switchTo(endings.wanted());
	}

	return {
		closers,
		readiness,
		startup,
		work,
		drainHooks,
		notes,
		log,
		announce: voice.announce,
		surroundings: {
			get mode() {
				return options.mode();
			},
			get log() {
				return log();
			},
			health,
			notice,
			admitsRefusal: refusals.admit,
			redis: redis.open,
			start: (engine) => engines.start(engine, engine),
		},
		config: options.config,
		configure(next) {
			options.refine(next);
			voice.watch();
			startEngines();
			for (const { code, at, problem, hint } of next.notices) notice(code, `${at} ${problem}`, hint);
		},
		adopt: (server) => startTracking().adopt(server),
		async stopListening(server) {
			const connections = servers().find((each) => each.server === server);
			if (connections === undefined) return;
			const waits = waitsAlone();
			await connections.stopListening(waits.arrivalsMs);
			void connections.drain(waits);
		},
		onRequest: (listener) => void requestListeners.add(listener),
		shutdown: (reason) => shutdown.begin({ reason }),
		uninstall() {
			engines.uninstall();
			workers.uninstall();
			refusals.close();
			voice.writeAtOnce();
			voice.forget();
			tracker?.uninstall();
			requestListeners.clear();
			startup.stop();
			redis.uninstall();
			onUninstall();
		},
	};
}
