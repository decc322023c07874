import type { Cluster, Worker } from "node:cluster";

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
	stop(reason: string): Promise<readonly string[]>;
}

/**
 * The workers of a cluster: the primary exits last, or they would lose their listening sockets under their requests.
 * None where this process is no primary.
 */
export const WORKERS: Workers = {
	running: () => runningWorkers().length,
	stop: async (reason) => {
		const ends = await Promise.all(runningWorkers().map((worker) => stopWorker(worker, reason)));
		return ends.filter((end) => end !== undefined);
	},
};

function runningWorkers(): Worker[] {
	const cluster = loadCluster();
	if (!cluster.isPrimary) return [];
	return Object.values(cluster.workers ?? {}).filter(
		(worker) => worker !== undefined && !worker.isDead() && !standIns.has(worker),
	) as Worker[];
}

/** Nobody asks anything of them, and nobody waits for them. */
const standIns = new WeakSet<Worker>();

/** It ends with its primary: its channel closes then. */
const STAND_IN = "process.on('disconnect', () => process.exit())";

/**
 * Most primaries fork another worker wherever one ends. One that is forked now would take requests that the end of the primary
 * cuts; one that was ended at once would be followed by the next, and so on until then. So what the program forks loads
 * nothing of it, and does nothing.
 */
export function replaceNoWorker(): void {
	const cluster = loadCluster();
	// Without settings nobody has forked.
	if (!cluster.isPrimary || Object.keys(cluster.settings).length === 0) return;
	cluster.setupPrimary({ execArgv: ["--eval", STAND_IN], args: [] });
	cluster.on("fork", (worker) => standIns.add(worker));
}

function stopWorker(worker: Worker, reason: string): Promise<string | undefined> {
	return new Promise((resolve) => {
		worker.once("exit", (code: number | null, signal: string | null) =>
			resolve(code === 0 ? undefined : `worker ${worker.id} ended with ${signal ?? code}`),
		);
		worker.process.kill(reason === "SIGINT" ? "SIGINT" : "SIGTERM");
	});
}
