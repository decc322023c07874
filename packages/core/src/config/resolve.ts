import { unsafeFaults } from "../env/unsafe.ts";
import { type Mode, modeOf, readVariables } from "../env/variables.ts";
import { configError, type Fault } from "../errors.ts";
import type { Facts } from "../exchange/room.ts";
import { copyPlain, deepFreeze, keepWhole } from "../freeze.ts";
import { hasRedis, type RedisValues } from "../redis/redis.ts";
import { checkOptions } from "./check-options.ts";
import { invariantFaults } from "./invariants.ts";
import { layersOf, lingerWithin, type Step, surroundingOf } from "./layers.ts";
import { noticesOf } from "./notices.ts";
import { type AnySettings, type Options, PROCESS_ROOMS, ROOMS, type RoomKey } from "./options.ts";
import { packageName } from "./package-name.ts";
import { detectPlatforms, type PlatformName } from "./platforms.ts";
import type { PresetName } from "./presets.ts";
import { judgeSession } from "./session-secrets.ts";

export type RoomValues = Readonly<Record<string, unknown>>;

/** Every value, decided, with the step it came from. Deeply frozen. */
export interface Config {
	readonly mode: Mode;
	readonly preset: PresetName;
	readonly platforms: readonly PlatformName[];
	/** Lines for people at a terminal, or for what collects logs. */
	readonly logFormat: "readable" | "json";
	/** Between the stop signal and the kill, if anybody knows. */
	readonly graceMs: number | undefined;
	/** The values of a room, or `false` for one that is off. */
	readonly rooms: Readonly<Record<RoomKey, RoomValues | false>>;
	/** `rateLimit.limit` -> `preset:api`; `rateLimit` -> who turned the room off. */
	readonly origins: Readonly<Record<string, string>>;
	/** To be said once. */
	readonly notices: readonly Fault[];
}

/** The origin of what the program's code says. */
export const CODE = "code";

/**
 * DEFAULTS <- platform <- preset <- environment <- code. A later step replaces a value whole, lists too; what is
 * `undefined` was not given. Throws one `ProductionReadyError` with all faults at once.
 */
export function resolveOptions(
	options: Options = {},
	environment: Readonly<Record<string, string | undefined>> = process.env,
): Config {
	const given = copyOptions(options);
	const read = readVariables(environment);
	const mode = modeOf(read.variables.nodeEnv);
	const faults: Fault[] = [...checkOptions(given), ...read.faults];
	if (mode === "production") faults.push(...unsafeFaults(environment, process.execArgv));

	// What is sound is judged on, so that one report holds the faults of how things go together too.
	const sound = withoutFaulty(given, faults);
	const { preset = "api", platform = "auto" } = sound;
	const platforms =
		platform === "auto" ? detectPlatforms(environment) : ([platform].flat() as PlatformName[]);
	const surrounding = surroundingOf(preset, platforms, mode, read, environment);
	const steps = [...layersOf(surrounding, read), { origin: () => CODE, layer: layerOf(sound) }];

	const origins: Record<string, string> = {};
	const rooms = {} as Record<RoomKey, RoomValues | false>;
	for (const room of ROOMS) {
		const merged = mergeRoom(room, steps, origins);
		rooms[room.key as RoomKey] = merged;
		if (merged !== false) faults.push(...(room.coherence?.(merged) ?? []));
	}
	lingerBehindProxy(rooms, origins);
	prefixByName(rooms, origins, read.variables.appEnv ?? mode);
	const isChosen = origins["shutdown.deadlineMs"] === CODE;
	faults.push(...invariantFaults(rooms, isChosen, surrounding, read.variables.externalUrl));
	const session = judgeSession(
		rooms.session,
		origins["session.secret"] === CODE,
		surrounding,
		rooms.redis !== false && hasRedis(rooms.redis as unknown as RedisValues),
	);
	faults.push(...session.faults);
	if (faults.length > 0) throw configError(faults);

	return deepFreeze({
		mode,
		preset,
		platforms,
		logFormat:
			mode === "development" || (!environment.NODE_ENV && process.stdout.isTTY) ? "readable" : "json",
		graceMs: surrounding.graceMs,
		rooms,
		origins: {
			preset: sound.preset === undefined ? "default" : CODE,
			platform: platform === "auto" ? "environment" : CODE,
			mode: read.variables.nodeEnv === undefined ? "default" : "env:NODE_ENV",
			...origins,
		},
		notices: [...read.notices, ...noticesOf(sound, read, surrounding), ...session.notices],
	});
}

function withoutFaulty(options: Options, faults: readonly Fault[]): Options {
	const faulty = new Set(faults.map(({ at }) => at.split(".", 1)[0]));
	return Object.fromEntries(
		Object.entries(options ?? {}).filter(([key, value]) => value !== undefined && !faulty.has(key)),
	);
}

function layerOf({ preset: _preset, platform: _platform, ...rooms }: Options): Step["layer"] {
	return rooms as Step["layer"];
}

/** What the caller handed over stays the caller's, and is looked at once. */
function copyOptions(options: Options): Options {
	const logger = (options as Options | null)?.logging || undefined;
	const session = (options as Options | null)?.session || undefined;
	const redis = (options as Options | null)?.redis || undefined;
	for (const whole of [logger?.logger, session?.store, redis?.client]) {
		if (typeof whole === "object" && whole !== null) keepWhole(whole);
	}
	return copyPlain(options);
}

/** Goes through the steps for one room and notes where each value came from. */
function mergeRoom(
	{
		key: room,
		DEFAULTS: defaults,
		EXCLUSIVE: exclusive = [],
		COMPLETED: completed = {},
		AWAKENED_BY: awakening = [],
	}: AnySettings,
	steps: readonly Step[],
	origins: Record<string, string>,
): RoomValues | false {
	const values: Record<string, unknown> = { ...defaults };
	const from: Record<string, string> = Object.fromEntries(
		Object.keys(defaults).map((key) => [key, "default"]),
	);
	let offBy: string | undefined;
	for (const { origin, layer } of steps) {
		const given = layer[room];
		if (given === undefined) continue;
		if (given === false) {
			offBy = origin(room, "");
			continue;
		}
		const entries = Object.entries(given).filter(([, value]) => value !== undefined);
		// Code asks for a room that was off, or a variable that is of no use without it; other figures wait until one does.
		if (origin(room, "") === CODE || entries.some(([key]) => awakening.includes(key))) offBy = undefined;
		for (const group of exclusive) {
			if (!entries.some(([key]) => group.includes(key))) continue;
			for (const key of group) {
				values[key] = undefined;
				from[key] = "default";
			}
		}
		for (const [key, value] of entries) {
			values[key] = completed[key] === undefined ? value : completed[key](value, values[key]);
			from[key] = origin(room, key);
		}
	}
	if (offBy !== undefined) {
		origins[room] = offBy;
		return false;
	}
	for (const [key, origin] of Object.entries(from)) origins[`${room}.${key}`] = origin;
	return values;
}

/** Whoever says that there is a proxy need not say too that it keeps connections; a platform or code that says so wins. */
function lingerBehindProxy(
	rooms: Record<RoomKey, RoomValues | false>,
	origins: Record<string, string>,
): void {
	const { proxy, shutdown } = rooms;
	if (!proxy || !shutdown || shutdown.lingerMs !== 0 || origins["shutdown.lingerMs"] === CODE) return;
	const isBehindOne = Number(proxy.hops ?? 0) > 0 || Object.keys(proxy.trust ?? []).length > 0;
	if (!isBehindOne) return;
	const timeMs = Number(shutdown.deadlineMs) - Number(shutdown.drainDelayMs);
	rooms.shutdown = { ...shutdown, lingerMs: lingerWithin(timeMs) };
	origins["shutdown.lingerMs"] = "proxy";
}

/** Keys that nobody has named a prefix for begin with the app and its stage: two apps, or two stages, share none. */
function prefixByName(
	rooms: Record<RoomKey, RoomValues | false>,
	origins: Record<string, string>,
	stage: string,
): void {
	const { redis } = rooms;
	if (!redis || redis.prefix !== undefined || !hasRedis(redis as unknown as RedisValues)) return;
	const name = packageName();
	rooms.redis = { ...redis, prefix: `${name ?? "app"}:${stage}:` };
	origins["redis.prefix"] = name === undefined ? "default" : "package.json";
}

/** What rooms are told when they decide their policy. */
export function factsOf({ mode, origins }: Config): Facts {
	return { mode, originOf: (path) => origins[path] };
}

/** What belongs to the process in rooms of requests: its log is one. */
const PROCESS_KEYS: readonly string[] = [
	"logging.logger",
	"logging.level",
	"logging.maxRefusalsPerWindow",
	"logging.refusalWindowMs",
];

/** What the code has said about the process, by its path; two apps must not contradict each other there. */
export function processChoices(config: Config): ReadonlyMap<string, unknown> {
	const choices = new Map<string, unknown>();
	for (const [path, origin] of Object.entries(config.origins)) {
		const [room, key] = path.split(".") as [RoomKey, string | undefined];
		const isProcess = PROCESS_ROOMS.includes(room) || PROCESS_KEYS.includes(path);
		if (origin !== CODE || !isProcess) continue;
		const values = config.rooms[room];
		choices.set(path, key === undefined || values === false ? values : values[key]);
	}
	return choices;
}
