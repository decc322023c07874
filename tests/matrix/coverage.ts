import { ALL_KINDS } from "../process/kinds.ts";
import type { Result } from "./results-reporter.ts";
import type { Scenario } from "./scenarios.ts";

/** One run of the process suite. */
export interface Run {
	/** Of Node, as in `v24.1.0`. */
	readonly version: string;
	readonly results: readonly Result[];
}

/** How the tests of one scenario went on one kind of server. */
export interface Cell {
	readonly passedOn: Set<string>;
	readonly failedOn: Set<string>;
	/** Why a test could not run here. */
	readonly skippedFor: Set<string>;
}

/** By the id of the scenario, then by the name of the kind. */
export type Coverage = ReadonlyMap<string, ReadonlyMap<string, Cell>>;

/** What the name of a test says; nothing where it belongs to no scenario. */
export function placesOf(
	name: string,
): { readonly ids: readonly string[]; readonly kind: string } | undefined {
	const [beginning = ""] = /^(?:(?:S|K|LIFE)\d+ )+/.exec(name) ?? [];
	if (beginning === "") return undefined;
	const rest = name.slice(beginning.length);
	const kind = ALL_KINDS.find((each) => rest.startsWith(`${each.name}: `))?.name ?? "";
	return { ids: beginning.trim().split(" "), kind };
}

export function coverageOf(runs: readonly Run[]): Coverage {
	const coverage = new Map<string, Map<string, Cell>>();
	for (const { version, results } of runs) {
		for (const { name, outcome, reason } of results) {
			const { ids = [], kind = "" } = placesOf(name) ?? {};
			for (const id of ids) {
				const cells = coverage.get(id) ?? new Map<string, Cell>();
				const cell = cells.get(kind) ?? { passedOn: new Set(), failedOn: new Set(), skippedFor: new Set() };
				coverage.set(id, cells.set(kind, cell));
				if (outcome === "passed") cell.passedOn.add(version);
				else if (outcome === "failed") cell.failedOn.add(version);
				else cell.skippedFor.add(reason);
			}
		}
	}
	return coverage;
}

/** What is wrong with the list or with the tests: nothing may be forgotten, and no excuse may outlive its reason. */
export function faultsOf(scenarios: readonly Scenario[], coverage: Coverage): readonly string[] {
	const known = new Set(scenarios.map(({ id }) => id));
	const strangers = [...coverage.keys()]
		.filter((id) => !known.has(id))
		.map((id) => `${id} has tests and no row`);
	return [...strangers, ...scenarios.flatMap((scenario) => faultOf(scenario, coverage.get(scenario.id)))];
}

function faultOf(
	{ id, elsewhere, notPromised }: Scenario,
	cells: ReadonlyMap<string, Cell> | undefined,
): readonly string[] {
	if (notPromised !== undefined)
		return cells === undefined ? [] : [`${id} has tests, and its row says that nothing is promised`];
	if (cells === undefined) return [`${id} has no test`];
	if (cells.has("")) return [`${id} has a test on a kind of server that is in no column`];
	const missing = ALL_KINDS.filter(({ name }) => !cells.has(name)).map(({ name }) => name);
	if (missing.length > 0 && elsewhere === undefined)
		return [`${id} has no test on ${missing.join(", ")}, and no reason`];
	if (missing.length === 0 && elsewhere !== undefined)
		return [`${id} gives a reason for missing tests, and none is missing`];
	return [];
}
