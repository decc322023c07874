import { spawn } from "node:child_process";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { onShutdown } from "@production-ready/core/lifecycle";
import { tell } from "../speech.mjs";

const BUSY = "setInterval(() => {}, 1_000)";

/** A worker thread and a child process, which the program ends by closers. */
export async function setUp() {
	const worker = new Worker(BUSY, { eval: true });
	const child = spawn(process.execPath, ["--eval", BUSY], { stdio: "ignore" });
	await Promise.all([once(worker, "online"), once(child, "spawn")]);
	onShutdown("worker", async () => tell(`worker ended with ${await worker.terminate()}`));
	onShutdown("child", async () => {
		child.kill();
		const [, signal] = await once(child, "exit");
		tell(`child ended by ${signal}`);
	});
	tell(`child ${child.pid}`);
}
