import { type Config, processChoices, resolveOptions } from "../config/resolve.ts";
import { type Mode, processMode } from "../env/mode.ts";
import { configError, type Fault } from "../errors.ts";
import { CRASH, type CrashValues, SHUTDOWN, type ShutdownValues } from "../lifecycle/lifecycle-settings.ts";
import { LOGGING, type LoggingValues } from "../logging/logging.ts";
import { REDIS, type RedisValues } from "../redis/redis.ts";
import { SERVER, type ServerValues } from "../server/server.ts";

type ProcessRoom = "redis" | "server" | "shutdown" | "crash" | "logging";

/** The options of the process: what the latest app resolved, and whatever any app's code has said. */
export interface ProcessOptions {
	config(): Config | undefined;
	/** Also where only a server was adopted, and no app has resolved anything. */
	mode(): Mode;
	/** Takes over what an app has resolved. Throws PROCESS_OPTIONS_CONFLICT where its code contradicts another's. */
	refine(next: Config): void;
	isOn(room: Exclude<ProcessRoom, "logging">): boolean;
	/** Whether code has named this value, so that it wins over what the program set on a server. */
	isChosen(room: ProcessRoom, key: string): boolean;
	/** Nothing where the room is off. */
	redis(): RedisValues | undefined;
	server(): ServerValues;
	shutdown(): ShutdownValues;
	crash(): CrashValues;
	logging(): LoggingValues;
}

export function createProcessOptions(): ProcessOptions {
	const chosen = new Map<string, unknown>();
	let config: Config | undefined;
	/** By room, until an app says more: some are asked for with every request. */
	const known = new Map<ProcessRoom, object>();

	function valuesOf<Values extends object>(room: ProcessRoom, defaults: Values): Values {
		if (!known.has(room)) known.set(room, decide(room, defaults));
		return known.get(room) as Values;
	}

	function decide<Values extends object>(room: ProcessRoom, defaults: Values): Values {
		const values = { ...defaults, ...(config?.rooms[room] || undefined) };
		for (const [path, value] of chosen) {
			const [owner, key] = path.split(".");
			if (owner === room && key !== undefined) Object.assign(values, { [key]: value });
		}
		return values;
	}

	const isOn: ProcessOptions["isOn"] = (room) =>
		config !== undefined && config.rooms[room] !== false && chosen.get(room) !== false;

	return {
		config: () => config,
		mode: () => config?.mode ?? processMode(),
		refine(next) {
			const choices = processChoices(next);
			const faults = conflicts(chosen, choices);
			if (faults.length > 0) throw configError(faults);
			for (const [path, value] of choices) chosen.set(path, value);
			config = next;
			known.clear();
		},
		isOn,
		isChosen: (room, key) => chosen.has(`${room}.${key}`),
		redis() {
			// A part that is mounted alone, in an app without the rest, has the environment.
			if (config === undefined) return (resolveOptions().rooms.redis || undefined) as RedisValues | undefined;
			return isOn("redis") ? valuesOf("redis", REDIS.DEFAULTS) : undefined;
		},
		server: () => valuesOf("server", SERVER.DEFAULTS),
		shutdown: () => valuesOf("shutdown", SHUTDOWN.DEFAULTS),
		crash: () => valuesOf("crash", CRASH.DEFAULTS),
		logging: () => valuesOf("logging", LOGGING.DEFAULTS),
	};
}

/** What a second app says of the process, where another has said something else. */
function conflicts(chosen: ReadonlyMap<string, unknown>, next: ReadonlyMap<string, unknown>): Fault[] {
	return [...next]
		.filter(([path, value]) => contradicts(chosen, path, value))
		.map(([path]) => ({
			code: "PROCESS_OPTIONS_CONFLICT",
			at: path,
			problem: "differs from what another app of this process has said, and the process has only one",
			hint: `say ${path} in one place`,
		}));
}

function contradicts(chosen: ReadonlyMap<string, unknown>, path: string, value: unknown): boolean {
	if (chosen.has(path)) return !isSame(chosen.get(path), value);
	const [room] = path.split(".", 1);
	// One turns the room off, another has something to say in it.
	if (path !== room) return chosen.get(room!) === false;
	return value === false && [...chosen.keys()].some((other) => other.startsWith(`${room}.`));
}

function isSame(a: unknown, b: unknown): boolean {
	return a === b || (Array.isArray(a) && Array.isArray(b) && a.join() === b.join());
}
