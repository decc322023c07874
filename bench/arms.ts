/** Who runs beside whom. */

export type Framework = "express" | "fastify";
export type Store = "memory" | "redis";

export interface Arm {
	readonly name: string;
	/** None for node:http alone. */
	readonly framework?: Framework;
	/** None for those that neither count nor keep sessions. */
	readonly store?: Store;
	/** The file in `programs/`, without its ending. */
	readonly program: string;
	readonly env?: Readonly<Record<string, string>>;
}

export const FRAMEWORKS: readonly Framework[] = ["express", "fastify"];
export const STORES: readonly Store[] = ["memory", "redis"];

/** One that every other of its framework is compared with, and once more, to see how far two equal ones differ. */
const bare = (framework: Framework): readonly Arm[] => [
	{ name: "bare", framework, program: `${framework}-bare` },
	{ name: "bare again", framework, program: `${framework}-bare` },
	{ name: "bare + setImmediate", framework, program: `${framework}-bare`, env: { TURN: "1" } },
];

/** `hand`: by the READMEs; `tuned`: by somebody who knows all of them well. */
const stacks = (framework: Framework, store: Store): readonly Arm[] =>
	["hand", "tuned", "ours"].map((name) => ({ name, framework, store, program: `${framework}-${name}` }));

export const ARMS: readonly Arm[] = [
	{ name: "raw", program: "raw" },
	...FRAMEWORKS.flatMap((framework) => [
		...bare(framework),
		...STORES.flatMap((store) => stacks(framework, store)),
	]),
];

/** How an arm is called where arms of several kinds stand beside each other. */
export function inFull({ name, framework, store }: Arm): string {
	return [framework, name, store].filter((part) => part !== undefined).join(" ");
}
