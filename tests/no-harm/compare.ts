import { resolveOptions } from "@production-ready/core";
import type { Results } from "./result.ts";

/** A test that passes bare and does not with us. */
export interface Difference {
	/** `file: title`. */
	readonly name: string;
	readonly file: string;
	readonly said: string;
	/** The rooms each of which alone is enough to make it fail; `mounting` where all are off. */
	readonly causes: readonly string[];
}

export type Run = (files: readonly string[], options?: object) => Promise<Results>;

/** What the run takes that is not the default: figures of a platform would depend on the machine. */
export const OPTIONS = { platform: "plain" } as const;

/** What changes on every app whatever is on, such as another hook. */
export const MOUNTING = "mounting";

/** Rooms that are on by default and may be off, the one that changes most first. */
function roomsOfDefault(): readonly string[] {
	const { rooms } = resolveOptions(OPTIONS);
	const names = Object.entries(rooms).flatMap(([name, values]) => (values === false ? [] : [name]));
	return names.sort((one, other) => Number(other === "errors") - Number(one === "errors"));
}

/** The names of the tests that pass bare and did not pass with us, or did not come to run. */
export function failedWithUs(bare: Results, ours: Results): readonly string[] {
	const passed = (results: Results, name: string): boolean => results.get(name)?.outcome === "passed";
	return [...bare.keys()].filter((name) => passed(bare, name) && !passed(ours, name));
}

/** Leaves out what fails only now and then, whichever way it is run. */
export async function lastingly(
	names: readonly string[],
	bare: Results,
	run: Run,
): Promise<readonly string[]> {
	const files = filesOf(names, bare);
	const again = new Set(failedWithUs(await run(files), await run(files, OPTIONS)));
	return names.filter((name) => again.has(name));
}

/** Those of the tests that other options do not heal. */
export async function stillFailing(
	names: readonly string[],
	bare: Results,
	options: object,
	run: Run,
): Promise<readonly string[]> {
	const failed = new Set(failedWithUs(bare, await run(filesOf(names, bare), options)));
	return names.filter((name) => failed.has(name));
}

/**
 * Finds for each test what makes it fail: all rooms off but one, one after the other. Whatever errors explain is not
 * looked at again, since most tests are about them.
 */
export async function explain(
	names: readonly string[],
	bare: Results,
	ours: Results,
	run: Run,
): Promise<readonly Difference[]> {
	const rooms = roomsOfDefault();
	const causes = new Map<string, string[]>(names.map((name) => [name, []]));
	const only = (room: string): object => ({
		...OPTIONS,
		...Object.fromEntries(rooms.filter((name) => name !== room).map((name) => [name, false])),
	});
	const isOpen = (name: string): boolean => !causes.get(name)!.some((cause) => LAST.includes(cause));
	for (const room of [MOUNTING, ...rooms]) {
		const open = names.filter(isOpen);
		if (open.length === 0) break;
		process.stdout.write(`${room} alone `);
		for (const name of await stillFailing(open, bare, only(room), run)) causes.get(name)!.push(room);
	}
	return names.map((name) => ({
		name,
		file: bare.get(name)!.file,
		said: ours.get(name)?.reason ?? "did not run",
		causes: causes.get(name)!,
	}));
}

/** Where one of these is found, the others are not tried. */
const LAST = [MOUNTING, "errors"];

function filesOf(names: readonly string[], results: Results): readonly string[] {
	return [...new Set(names.map((name) => results.get(name)!.file))];
}
