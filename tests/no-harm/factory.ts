import { registerHooks } from "node:module";

const PLACE = Symbol.for("production-ready.no-harm");

/** What the run asks of the process that it preloads us into. */
export const OPTIONS: object = JSON.parse(process.env.NO_HARM_OPTIONS ?? "{}");

/**
 * Gives whoever loads this file of the suite what `replace` makes of its exports. Not by the cache of modules: some tests
 * load their framework a second time, with parts of it replaced.
 */
export function replaceExports<Exports>(file: string, replace: (exports: Exports) => Exports): void {
	const { href } = new URL(file, process.env.NO_HARM_SUITE);
	Object.assign(globalThis, { [PLACE]: replace });
	registerHooks({
		load(url, context, nextLoad) {
			const loaded = nextLoad(url, context);
			if (url.split("?")[0] !== href || !loaded.source) return loaded;
			const source = `${loaded.source}\nmodule.exports = globalThis[Symbol.for("${PLACE.description}")](module.exports);`;
			return { ...loaded, source };
		},
	});
}
