import type { RoomKey } from "../config/options.ts";
import { type Config, factsOf } from "../config/resolve.ts";
import type { OpenRoom } from "../exchange/exchange.ts";
import type { Place } from "../exchange/room.ts";
import { compilePipeline, type Enabled, isOverridable, type Pipeline } from "../pipeline/pipeline.ts";
import { ALWAYS, type AnyRoom, TABLE } from "../pipeline/table.ts";
import { PROXY, type ProxyPolicy, type ProxyValues } from "../proxy/proxy.ts";
import type { Runtime } from "./runtime.ts";

/** The rooms of the table that are wanted and not off, in their order. */
export function openPipeline(
	config: Config,
	runtime: Runtime,
	isWanted: (key: RoomKey) => boolean,
	/** Whether it may answer in place of the routes at all. */
	isWhole: boolean,
): Pipeline {
	const open = (room: AnyRoom): readonly Enabled[] => {
		if (!isWanted(room.key as RoomKey)) return [];
		const opened = openRoom(room, config, runtime, "app") ?? (isOverridable(room.key) ? NOTHING : undefined);
		return opened === undefined ? [] : [{ key: room.key, open: opened }];
	};
	return compilePipeline(
		TABLE.flatMap(({ room }) =>
			isWhole && room.key === ALWAYS.after ? [...open(room), ALWAYS.step] : open(room),
		),
	);
}

/** In place of a room that is off, for routes that have one of their own. */
const NOTHING: OpenRoom = { enter: () => undefined };

/** One room; nothing while it is off and has nothing to stand in for it. */
export function openRoom(
	room: AnyRoom,
	config: Config,
	runtime: Runtime,
	place: Place,
): OpenRoom | undefined {
	const values = config.rooms[room.key as RoomKey] || room.OFF;
	if (values === undefined) return undefined;
	return room.create(room.policy(values, factsOf(config)), runtime.surroundings, place);
}

/** Who is believed about the client, also while the room is off: then nobody is. */
export function proxyPolicy(config: Config): ProxyPolicy {
	return PROXY.policy((config.rooms.proxy || PROXY.OFF) as ProxyValues, factsOf(config));
}
