import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, openConnection, send } from "./client.ts";
import { type Ending, startProgram } from "./program.ts";
import { IN_CLUSTER, PROXIED } from "./surroundings.ts";
import type { Rows } from "./table.ts";

export const CONNECTIONS = 20;
/** From here on a platform would send SIGKILL; `docker stop` waits as long. */
export const GRACE_MS = 10_000;

/**
 * A stop signal while requests are being served, on a machine alone. The clients keep their connections and go on
 * sending on them for as long as they are answered without `Connection: close`.
 */
export async function stopUnderLoad(name: string): Promise<Rows> {
	const program = await startProgram(name, PROXIED);
	const before: Promise<Answer>[] = [];
	const later: Promise<Answer>[] = [];
	let isSignalled = false;
	let isOver = false;

	async function keepSending(index: number): Promise<void> {
		const connection = openConnection();
		// Most are quick and some are slow, as requests are.
		const path = `/work?ms=${index % 4 === 0 ? 1_500 : 300}`;
		for (let isOpen = true; isOpen && !isOver; ) {
			const sent = send(program.port, { path, method: "POST", from: addressOf(index), connection });
			if (isSignalled) later.push(sent);
			else before[index] = sent;
			const { status, headers } = await sent;
			isOpen = status !== 0 && headers.connection !== "close";
		}
		connection.destroy();
	}

	const clients = Array.from({ length: CONNECTIONS }, (_, index) => keepSending(index));
	await sleep(1_000);
	isSignalled = true;
	const ending = await program.stop(GRACE_MS);
	isOver = true;
	await Promise.all(clients);
	return [
		["SIGTERM: requests in flight", String(before.length)],
		["  of these lost", lost(await Promise.all(before))],
		["  lost later, on open connections", lost(await Promise.all(later))],
		["  exit", exit(ending)],
	];
}

/** How long the news of a pod's end may travel through a cluster. */
const NEWS_MS = 2_000;
const READINESS_ASKED_AFTER_MS = 100;

/**
 * A stop signal in a cluster: requests go on coming, on new connections, until everybody has heard of it. Whoever
 * routes them asks for readiness.
 */
export async function stopInCluster(name: string): Promise<Rows> {
	const program = await startProgram(name, IN_CLUSTER);
	const later: Promise<Answer>[] = [];
	const ended = program.stop(GRACE_MS);

	async function keepArriving(): Promise<void> {
		const endMs = performance.now() + NEWS_MS;
		while (performance.now() < endMs) {
			const from = addressOf(later.length % CONNECTIONS);
			later.push(send(program.port, { path: "/work?ms=100", method: "POST", from }));
			await sleep(20);
		}
	}

	async function askReadiness(): Promise<string> {
		await sleep(READINESS_ASKED_AFTER_MS);
		const { status, failure } = await send(program.port, { path: "/readyz" });
		return failure === undefined ? String(status) : failure === "refused" ? "nobody listens" : "cut";
	}

	const [readiness] = await Promise.all([askReadiness(), keepArriving()]);
	return [
		[`SIGTERM in a cluster: /readyz after ${READINESS_ASKED_AFTER_MS / 1_000} s`, readiness],
		[`  requests within ${NEWS_MS / 1_000} s`, String(later.length)],
		["  of these lost", lost(await Promise.all(later))],
		["  exit", exit(await ended)],
	];
}

function addressOf(index: number): string {
	return `203.0.113.${index + 1}`;
}

/** Whatever a client would have to send again. */
function lost(answers: readonly Answer[]): string {
	const failed = answers.filter(({ status }) => status < 200 || status > 299);
	if (failed.length === 0) return "0";
	const counts = new Map<string, number>();
	for (const { failure, status } of failed) {
		const how = failure ?? `got ${status}`;
		counts.set(how, (counts.get(how) ?? 0) + 1);
	}
	return [...counts].map(([how, count]) => `${count} ${how}`).join(", ");
}

function exit({ code, signal, afterMs, wasKilled }: Ending): string {
	const how = wasKilled ? "SIGKILL" : code === null ? String(signal) : `code ${code}`;
	return `${how} after ${(afterMs / 1_000).toFixed(1)} s`;
}
