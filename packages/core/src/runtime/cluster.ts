import type { Cluster, Worker } from "node:cluster";

/**
 * The primary of a cluster hands the signal on and waits: it exits last, or its workers would lose their listening
 * sockets under their requests. Does nothing where this process has no workers.
 */
export async function stopWorkers(reason: string): Promise<void> {
	// Loaded only where the program has loaded it: without it there are no workers.
	const cluster = process.getBuiltinModule("node:cluster") as unknown as Cluster;
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
