import type { Cluster, Worker } from "node:cluster";
import { subscribe, unsubscribe } from "node:diagnostics_channel";

// Loaded here only where the program has loaded it: without it there are no workers.
function loadCluster(): Cluster {
	return process.getBuiltinModule("node:cluster") as unknown as Cluster;
}

/** Whether siblings serve the same app. */
export function isClusterWorker(): boolean {
	return loadCluster().isWorker;
}

/** Whether the primary has told this worker to go: Node then closes its servers, and waits for their connections. */
export function isLeavingWorker(): boolean {
	return loadCluster().worker?.exitedAfterDisconnect === true;
}

/** Processes that must end before this one does. */
export interface Workers {
	running(): number;
	/** Hands the signal on, and resolves when the last has ended, with how those ended that did not end well. */
	stop(signals: readonly NodeJS.Signals[]): Promise<readonly string[]>;
	/** From now on nobody serves who is forked. */
	replaceNone(): void;
	uninstall(): void;
}

/** It ends with its primary: its channel closes then. */
const STAND_IN = "process.on('disconnect', () => process.exit())";

/** Node tells here of every process that is started. Before the first of them there is no cluster. */
const STARTS = "child_process";

/**
 * The workers of a cluster: the primary exits last, or they would lose their listening sockets under their requests.
 * None where this process is no primary. One that is told to disconnect Node forgets at once, though it has requests still.
 */
export function trackWorkers(): Workers {
	const workers = new Set<Worker>();
	let isReplacing = true;
	let isHearing = false;

	function onFork(worker: Worker): void {
		if (!isReplacing) return;
		workers.add(worker);
		worker.once("exit", () => workers.delete(worker));
	}

	function onStart(): void {
		unsubscribe(STARTS, onStart);
		isHearing = true;
		loadCluster().on("fork", onFork);
	}

	function running(): Worker[] {
		// Those too that were there before us.
		for (const worker of Object.values(loadCluster().workers ?? {}))
			if (!workers.has(worker!)) onFork(worker!);
		return [...workers].filter((worker) => !worker.isDead());
	}

	subscribe(STARTS, onStart);
	return {
		running: () => running().length,
		async stop(signals) {
			const ends = await Promise.all(running().map((worker) => stopWorker(worker, signals)));
			return ends.filter((end) => end !== undefined);
		},
		/**
		 * Most primaries fork another worker wherever one ends. One that is forked now would take requests that the end of the
		 * primary cuts; one that was ended at once would be followed by the next, and so on until then. So what the program
		 * forks loads nothing of it, does nothing, and is not waited for.
		 */
		replaceNone() {
			running();
			isReplacing = false;
			const cluster = loadCluster();
			// Without settings nobody has forked.
			if (cluster.isPrimary && Object.keys(cluster.settings).length > 0)
				cluster.setupPrimary({ execArgv: ["--eval", STAND_IN], args: [] });
		},
		uninstall() {
			unsubscribe(STARTS, onStart);
			if (isHearing) loadCluster().off("fork", onFork);
		},
	};
}

function stopWorker(worker: Worker, signals: readonly NodeJS.Signals[]): Promise<string | undefined> {
	return new Promise((resolve) => {
		worker.once("exit", (code: number | null, signal: string | null) =>
			resolve(code === 0 ? undefined : `worker ${worker.id} ended with ${signal ?? code}`),
		);
		// A SIGINT of the primary's may have reached the worker too: a second one would be somebody who does not want to wait.
		worker.process.kill(signals.includes("SIGTERM") ? "SIGTERM" : signals[0]);
	});
}
