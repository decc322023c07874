/**
 * Goes through every fault of Redis on both frameworks, with the options as they come, and writes what it saw into
 * `docs/redis.md`: `pnpm redis:table`. Answers "in time" have a margin for the machine, and are counted, not timed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { EXPRESS_5, FASTIFY_PLUGIN, type Kind } from "../process/kinds.ts";
import { type Serving, serve } from "../process/run.ts";
import { ROOT } from "../run-to-end.ts";
import { FAULTS, type Fault, startRig } from "./faults.ts";
import { createVisitor } from "./visitor.ts";

const PAGE = "docs/redis.md";
/** `redis.commandTimeoutMs` as it is by default, and what a busy machine takes on top. */
const FIRST_MS = 100 + 100;
/** What a request may take that waits for nothing. */
const NEXT_MS = 5;
const NEXT_COUNT = 20;
const BACK_MS = 2_000;

interface Row {
	readonly fault: string;
	readonly said: string;
	readonly first: boolean;
	readonly next: number;
	readonly limit: number;
	readonly reads: number;
	readonly writes: number;
	readonly back: boolean;
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** The status of an answer, and how long it took. */
async function ask(port: number, path = "/now"): Promise<{ status: number; tookMs: number }> {
	const startedAtMs = performance.now();
	return new Promise((resolve, reject) => {
		get({ port, path, agent }, (response) => {
			text(response).then(
				() => resolve({ status: response.statusCode!, tookMs: performance.now() - startedAtMs }),
				reject,
			);
		}).on("error", reject);
	});
}

async function look(
	kind: Kind,
	fault: Fault,
	program: Serving,
	rig: Awaited<ReturnType<typeof startRig>>,
): Promise<Row> {
	const { port } = program;
	const visitor = createVisitor(port);
	await visitor.ask("/views");
	for (let requests = 0; requests < NEXT_COUNT; requests++) await ask(port);
	await fault.begin(rig);
	const first = await ask(port);
	const next: number[] = [];
	for (let requests = 0; requests < NEXT_COUNT; requests++) next.push((await ask(port)).tookMs);
	const line = await program.logs(
		fault.kind === "away" ? "redis is away" : "redis refuses what the rate limit asks for",
	);
	const reads = (await visitor.ask("/look")).status;
	const writes = (await visitor.ask("/views")).status;
	await fault.end(rig);
	const endedAtMs = performance.now();
	await ask(port);
	await program.logs(
		fault.kind === "away" ? "redis is back" : "redis does again what the rate limit asks for",
	);
	const backMs = performance.now() - endedAtMs;
	console.log(
		`${kind.name}: ${fault.name}: first ${first.tookMs.toFixed(0)} ms, back after ${backMs.toFixed(0)} ms`,
	);
	return {
		fault: fault.name,
		said: `${fault.kind}: \`${line.reason}\``,
		first: first.tookMs <= FIRST_MS,
		next: next.filter((tookMs) => tookMs <= NEXT_MS).length,
		limit: first.status,
		reads,
		writes,
		back: backMs <= BACK_MS,
	};
}

const rows: Row[] = [];
for (const fault of FAULTS) {
	for (const kind of [EXPRESS_5, FASTIFY_PLUGIN]) {
		await test(`${kind.name}: ${fault.name}`, async (t) => {
			const rig = await startRig(t, fault);
			const env = { REDIS_URL: rig.proxy.url, SESSION_SECRET: "mX2pQ7vR9tLw4yKb8nHc5jFd3gSa6zEu" };
			rows.push({ ...(await look(kind, fault, await serve(t, kind, { env }), rig)), fault: fault.name });
		});
	}
}
write(rows.filter((_, index) => index % 2 === 0).map((row, index) => [row, rows[index * 2 + 1]!] as const));
// What the rig keeps for a server that may come back is of no use any more.
process.exit();

function write(pairs: readonly (readonly [Row, Row])[]): void {
	const head = [
		"Redis is",
		"the log says",
		`first answer within the ${FIRST_MS - 100} ms`,
		`of the next ${NEXT_COUNT}, within ${NEXT_MS} ms`,
		"limit",
		"session read, written",
		"back within 2 s",
	];
	const cells = pairs.map(([express, fastify]) => [
		express.fault,
		both(express.said, fastify.said),
		both(yes(express.first), yes(fastify.first)),
		both(String(express.next), String(fastify.next)),
		both(String(express.limit), String(fastify.limit)),
		both(`${express.reads}, ${express.writes}`, `${fastify.reads}, ${fastify.writes}`),
		both(yes(express.back), yes(fastify.back)),
	]);
	const table = [head, head.map(() => "---"), ...cells].map((row) => `| ${row.join(" | ")} |`).join("\n");
	const path = join(ROOT, PAGE);
	const page = readFileSync(path, "utf8").replace(
		/<!-- table: faults -->[\s\S]*<!-- \/table -->/,
		`<!-- table: faults -->\n${table}\n<!-- /table -->`,
	);
	writeFileSync(path, page);
	console.log(`${PAGE} is written`);
}

function both(express: string, fastify: string): string {
	return express === fastify ? express : `${express} / ${fastify}`;
}

function yes(is: boolean): string {
	return is ? "yes" : "no";
}
