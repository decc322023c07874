import { createRequire } from "node:module";
import type { HelmetOptions } from "helmet";
import type { HeaderPair } from "../exchange/exchange.ts";

const require = createRequire(import.meta.url);

/** What helmet does to a response, as data. */
export interface Recording {
	readonly set: readonly HeaderPair[];
	readonly remove: readonly string[];
}

/**
 * Runs helmet once on a response that only takes notes. helmet decides the same values for every request, so a
 * request replays the notes instead of passing through thirteen middlewares. Options that helmet refuses throw
 * here, at boot.
 */
export function recordHelmet(options: Readonly<HelmetOptions>): Recording {
	const helmet = loadHelmet();
	const set: HeaderPair[] = [];
	const remove: string[] = [];
	const notes = {
		setHeader: (name: string, value: string) => set.push([name, value]),
		removeHeader: (name: string) => remove.push(name),
	};
	let failure: unknown;
	helmet(options)({} as never, notes as never, (error?: unknown) => {
		failure = error;
	});
	if (failure !== undefined) throw failure;
	return { set, remove };
}

/** Loaded when the room opens: an app without it does not pay for it. */
export function loadHelmet(): typeof import("helmet").default {
	return require("helmet");
}
