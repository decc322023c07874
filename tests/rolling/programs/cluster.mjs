/** A primary that replaces its workers at a command: the new one listens before the old one is told to end. */
import cluster from "node:cluster";
import { createInterface } from "node:readline";

cluster.setupPrimary({
	exec: new URL(process.env.WORKER, import.meta.url).pathname,
	// Commands are for the primary alone.
	stdio: ["ignore", "inherit", "inherit", "ipc"],
});

function fork() {
	const worker = cluster.fork();
	return new Promise((resolve) => worker.once("listening", () => resolve(worker)));
}

const WAYS = {
	"by signal": (worker) => worker.process.kill("SIGTERM"),
	"by disconnect": (worker) => worker.disconnect(),
};

async function replace(old, stop) {
	const next = await fork();
	const ended = new Promise((resolve) => old.once("exit", (code, signal) => resolve(signal ?? code)));
	stop(old);
	console.error(`replaced ${old.process.pid} ${await ended}`);
	return next;
}

let workers = await Promise.all([fork(), fork()]);
console.error("listening");
for await (const way of createInterface({ input: process.stdin })) {
	const next = [];
	for (const worker of workers) next.push(await replace(worker, WAYS[way]));
	workers = next;
	console.error("rolled");
}
// The test is gone: workers end with their primary.
process.kill(process.pid, "SIGKILL");
