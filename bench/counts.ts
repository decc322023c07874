/** What repeats: counted with one client that asks one request after the other. */
import type { Arm } from "./arms.ts";
import { heapBytesPerRequest, STEADY_HEAP } from "./measures/heap.ts";
import { modulesLoaded } from "./measures/modules.ts";
import { type RoundTrips, roundTripsPerRequest } from "./measures/round-trips.ts";
import { hasStrace, type SystemCalls, systemCallsPerRequest } from "./measures/system-calls.ts";
import type { Redis } from "./redis.ts";
import { sceneOf } from "./scenes.ts";
import { type How, PATIENT, startServer } from "./server.ts";

export interface Counts {
	/** By the key of a scene: bytes for a request. */
	readonly heapBytes: Readonly<Record<string, number>>;
	/** Missing where strace is. */
	readonly systemCalls?: Readonly<Record<string, number>>;
	/** Of the arms with Redis. */
	readonly redis?: Readonly<Record<string, RoundTrips>>;
	readonly modules: number;
}

const total = (calls: SystemCalls): number => Object.values(calls).reduce((sum, count) => sum + count, 0);

/** In these, if the arm has them. */
const HEAP_IN = ["small", "untouched", "read"];
const CALLS_IN = ["small", "read"];
const REDIS_IN = ["untouched", "read"];

export async function countsOf(
	arm: Arm,
	redis: Redis | undefined,
	more: readonly string[] = [],
): Promise<Counts> {
	const relay = arm.store === "redis" ? redis!.relay : undefined;
	const how: How = { redisUrl: relay?.url, env: PATIENT };
	const heapBytes: Record<string, number> = {};
	const systemCalls: Record<string, number> = {};
	const exchanged: Record<string, RoundTrips> = {};
	const server = await startServer(arm, { ...how, execArgv: STEADY_HEAP });
	try {
		for (const key of [...HEAP_IN, ...more].filter((key) => sceneOf(key).has(arm))) {
			const asking = await sceneOf(key).visit(server);
			heapBytes[key] = await heapBytesPerRequest(server, asking);
			if (relay && REDIS_IN.includes(key)) exchanged[key] = await roundTripsPerRequest(server, asking, relay);
			if (CALLS_IN.includes(key) && (await hasStrace())) {
				systemCalls[key] = total(await systemCallsPerRequest(server, asking));
			}
		}
	} finally {
		await server.stop();
	}
	if (relay) exchanged.flood = await blocked(arm, how, redis!);
	const modules = (await modulesLoaded(arm, how)).length;
	return {
		heapBytes,
		...((await hasStrace()) && { systemCalls }),
		...(relay && { redis: exchanged }),
		modules,
	};
}

/** What a request of a client costs whose limit is used up. */
async function blocked(arm: Arm, how: How, redis: Redis): Promise<RoundTrips> {
	const scene = sceneOf("flood");
	await redis.flush();
	const server = await startServer(arm, { ...how, ...scene.how });
	try {
		return await roundTripsPerRequest(server, await scene.visit(server), redis.relay);
	} finally {
		await server.stop();
		await redis.flush();
	}
}
