import type { Options } from "../config/options.ts";
import { resolveOptions } from "../config/resolve.ts";
import { configError } from "../errors.ts";
import type { OpenRoom } from "../exchange/exchange.ts";
import type { OverridableRoom, RouteOverrides } from "../exchange/framework.ts";
import { nearestName } from "../nearest.ts";
import { compilePipeline, type Pipeline } from "../pipeline/pipeline.ts";
import { TABLE } from "../pipeline/table.ts";
import { PROXY, type ProxyPolicy } from "../proxy/proxy.ts";
import { currentRuntime } from "./current.ts";
import { openRoom, proxyPolicy } from "./rooms.ts";

/** Rooms that can be mounted alone. */
export type PartRoom = OverridableRoom | "cors" | "csrf";

/** One room, mounted alone or on a route. Starts nothing of the process. */
export interface Part {
	/** The room itself, inside a request that came through `productionReady()`. */
	readonly room: OpenRoom;
	/** The room and what it cannot do without, for a request that did not. */
	readonly pipeline: Pipeline;
	readonly proxy: ProxyPolicy;
}

/** Opens one request room with its own options. Throws one error with all faults. */
export function openPart<Key extends PartRoom>(key: Key, options: Options[Key] = {}): Part {
	const runtime = currentRuntime();
	// What the part does not say is as the app's preset has it.
	const config = resolveOptions({ preset: runtime.config()?.preset, [key]: options } as Options);
	const definition = TABLE.find((row) => row.room.key === key)!.room;
	const room = openRoom(definition, config, runtime, "part")!;
	const proxy = proxyPolicy(config);
	const { surroundings } = runtime;
	return {
		room,
		pipeline: compilePipeline([
			{ key: PROXY.key, open: PROXY.create(proxy, surroundings, "part") },
			{ key, open: room },
		]),
		proxy,
	};
}

/** Rooms that a route may set for itself. */
const ROUTE_ROOMS: readonly OverridableRoom[] = ["headers", "rateLimit", "limits"];

/** Opens what a route sets for itself. Throws one error with all faults. */
export function openRoute(options: Readonly<Partial<Record<string, unknown>>>): RouteOverrides {
	const unknown = Object.keys(options).filter((key) => !(ROUTE_ROOMS as readonly string[]).includes(key));
	if (unknown.length > 0) {
		throw configError(
			unknown.map((key) => ({
				code: "OPTION_UNKNOWN",
				at: `config.productionReady.${key}`,
				problem: "is nothing that a route sets for itself",
				hint: `did you mean ${nearestName(key, ROUTE_ROOMS) ?? ROUTE_ROOMS.join(", ")}?`,
			})),
		);
	}
	return Object.fromEntries(
		ROUTE_ROOMS.filter((key) => options[key]).map((key) => [key, openPart(key, options[key] as never).room]),
	);
}
