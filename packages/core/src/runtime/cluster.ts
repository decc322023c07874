import type { Cluster, Worker } from "node:cluster";

// Loaded here only where the program has loaded it: without it there are no workers.
function loadCluster(): Cluster {
	return process.getBuiltinModule("node:cluster") as unknown as Cluster;
}

/** Whether siblings serve the same app. */
export function isClusterWorker(): boolean {
	return loadCluster().isWorker;
}

/** Processes that must end before this one does. */
export interface Workers {
	running(): number;
	/** Hands the signal on, and resolves when the last has ended. */
	stop(reason: string): Promise<void>;
}

/**
 * The workers of a cluster: the primary exits last, or they would lose their listening sockets under their requests.
 * None where this process is no primary.
 */
export const WORKERS: Workers = {
	running: () => runningWorkers().length,
	stop: async (reason) => {
		await Promise.all(runningWorkers().map((worker) => stopWorker(worker, reason)));
	},
};

function runningWorkers(): Worker[] {
	const cluster = loadCluster();
	if (!cluster.isPrimary) return [];
	return Object.values(cluster.workers ?? {}).filter(
		(worker) => worker !== undefined && !worker.isDead(),
	) as Worker[];
}

function stopWorker(worker: Worker, reason: string): Promise<void> {
	return new Promise((resolve) => {
		worker.once("exit", () => resolve());
		worker.process.kill(reason === "SIGINT" ? "SIGINT" : "SIGTERM");
	});
}
