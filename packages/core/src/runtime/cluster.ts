import type { Cluster, Worker } from "node:cluster";

// Loaded here only where the program has loaded it: without it there are no workers.
function loadCluster(): Cluster {
	return process.getBuiltinModule("node:cluster") as unknown as Cluster;
}

/** Whether siblings serve the same app. */
export function isClusterWorker(): boolean {
	return loadCluster().isWorker;
}

/**
 * The primary of a cluster hands the signal on and waits: it exits last, or its workers would lose their listening
 * sockets under their requests. Does nothing where this process has no workers.
 */
export async function stopWorkers(reason: string): Promise<void> {
	const cluster = loadCluster();
	if (!cluster.isPrimary) return;
	const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
	await Promise.all(workers.map((worker) => stopWorker(worker, reason)));
}

function stopWorker(worker: Worker, reason: string): Promise<void> {
	if (worker.isDead()) return Promise.resolve();
	return new Promise((resolve) => {
		worker.once("exit", () => resolve());
		worker.process.kill(reason === "SIGINT" ? "SIGINT" : "SIGTERM");
	});
}
