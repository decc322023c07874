/**
 * Runs every arm side by side and writes `results.md`: `pnpm bench`, on a machine that does nothing else.
 * `--rounds 3` for a first look.
 */
import { parseArgs } from "node:util";
import { ARMS, type Arm, FRAMEWORKS, inFull } from "./arms.ts";
import { assertEqualWork } from "./equal-work.ts";
import type { Visit } from "./in-turn.ts";
import { measureAddresses } from "./measures/addresses.ts";
import { heapBytesPerRequest } from "./measures/heap.ts";
import { measureLatency } from "./measures/latency.ts";
import { modulesLoaded } from "./measures/modules.ts";
import { redisCommandsPerRequest } from "./measures/redis-commands.ts";
import { measureStart, type Started } from "./measures/start.ts";
import { systemCallsPerRequest } from "./measures/system-calls.ts";
import { type Entry, measureThroughput, type Rounds } from "./measures/throughput.ts";
import { startRedis } from "./redis.ts";
import { type Results, writeResults } from "./results.ts";
import { SCENES, type Scene } from "./scenes.ts";
import { type How, type Server, startServer } from "./server.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "10" } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds takes a number, not ${values.rounds}`);

const say = (text: string): void => console.log(text);

const redis = await startRedis();
const how: How = { redisUrl: redis.url };

say("equal work");
for (const arm of ARMS) await withServer(arm, how, assertEqualWork);

const throughput = new Map<string, Rounds>();
for (const scene of SCENES) throughput.set(scene.name, await throughputOf(scene));

say("counts");
const counted: Results["counted"][number][] = [];
for (const arm of ARMS.filter(({ name }) => !["bare again", "bare + setImmediate"].includes(name))) {
	const plain: Visit = async () => ({ path: "/small" });
	const visit = SCENES.find(({ path }) => path === "/session")!.visit;
	counted.push({
		arm: inFull(arm),
		heapBytes: await heapBytesPerRequest(arm, how, plain),
		heapBytesWithSession: arm.store && (await heapBytesPerRequest(arm, how, visit)),
		systemCalls: await systemCallsPerRequest(arm, how, plain),
		systemCallsWithSession: arm.store && (await systemCallsPerRequest(arm, how, visit)),
		modules: await modulesLoaded(arm, how),
		redisCommands: arm.store === "redis" ? await redisCommandsPerRequest(arm, how, visit, redis) : undefined,
	});
}

say("latency at a fixed rate");
const latency = [];
for (const arm of ARMS) latency.push({ arm: inFull(arm), ...(await withServer(arm, how, measureLatency)) });

say("start");
const started = new Map<string, Started>();
for (const framework of FRAMEWORKS) {
	const stacks = ARMS.filter((arm) => arm.framework === framework && arm.store !== undefined);
	const bare = ARMS.find((arm) => arm.framework === framework && arm.name === "bare")!;
	for (const [name, seen] of await measureStart(stacks, bare, how, rounds)) started.set(name, seen);
}

say("a million addresses");
const addresses = measureAddresses();

await redis.stop();
writeResults({ throughput, counted, latency, started, addresses, rounds });
process.exit();

async function throughputOf(scene: Scene): Promise<Rounds> {
	say(scene.name);
	const servers = [];
	for (const arm of ARMS.filter(scene.has)) servers.push(await startServer(arm, { ...how, ...scene.how }));
	try {
		const entries: Entry[] = [];
		for (const server of servers) entries.push({ server, asking: await scene.visit(server) });
		return await measureThroughput(entries, rounds, say);
	} finally {
		await Promise.all(servers.map((server) => server.stop()));
		await redis.flush();
	}
}

async function withServer<Result>(
	arm: Arm,
	how: How,
	use: (server: Server) => Promise<Result>,
): Promise<Result> {
	const server = await startServer(arm, how);
	try {
		return await use(server);
	} finally {
		await server.stop();
	}
}
