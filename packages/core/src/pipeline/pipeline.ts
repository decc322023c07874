import type { Enter, Exchange, Leave, OpenRoom, Verdict } from "../exchange/exchange.ts";
import type { RouteOverrides } from "../exchange/framework.ts";

/** The enabled rooms of one app as one function each way. */
export interface Pipeline {
	/** Nothing: the routes go on. A promise only when a room had to wait. */
	enter(exchange: Exchange): Verdict | undefined | Promise<Verdict | undefined>;
	/** Called once, when the response has ended or the client has gone. */
	leave(exchange: Exchange): void;
}

/** An enabled room under its key. */
export interface Enabled {
	readonly key: string;
	readonly open: OpenRoom;
}

export function compilePipeline(rooms: readonly Enabled[]): Pipeline {
	const answers = rooms.flatMap(({ open }) => open.answer ?? []);
	const steps = rooms.flatMap(({ key, open }) => [
		...(open.enter === undefined ? [] : [overridable(key, open.enter)]),
		...(key === "headers" ? answers : []),
	]);
	steps.unshift(...rooms.flatMap(({ open }) => open.begin ?? []));
	const leaves: Leave[] = rooms.flatMap(({ open }) => open.leave ?? []).reverse();

	function enterFrom(start: number, exchange: Exchange): ReturnType<Enter> {
		for (let index = start; index < steps.length; index++) {
			const entered = steps[index]!(exchange);
			if (entered === undefined) continue;
			if (!(entered instanceof Promise)) return entered;
			return entered.then((verdict) => verdict ?? enterFrom(index + 1, exchange));
		}
		return undefined;
	}

	return {
		enter: (exchange) => enterFrom(0, exchange),
		leave(exchange) {
			for (let index = 0; index < leaves.length; index++) leaves[index]!(exchange);
		},
	};
}

/** Whether the route of a request may set this room for itself, also where the app has turned it off. */
export function isOverridable(key: string): key is keyof RouteOverrides {
	return key === "headers" || key === "rateLimit" || key === "limits";
}

const NONE: RouteOverrides = {};

/** Asked once: a framework may have to make something to tell. */
function overridesOf(exchange: Exchange): RouteOverrides {
	exchange.overrides ??= exchange.framework.overrides?.(exchange.native) ?? NONE;
	return exchange.overrides;
}

/** A room that the route of a request may set for itself asks for that first. */
function overridable(room: string, enter: Enter): Enter {
	if (!isOverridable(room)) return enter;
	return (exchange) => {
		const own = overridesOf(exchange)[room];
		return own === undefined || own.isBehindBody ? enter(exchange) : own.enter?.(exchange);
	};
}
