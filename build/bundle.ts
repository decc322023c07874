/**
 * The JavaScript of the packages, one file for each entry of `exports` and one for what entries share: a start loads a
 * dozen files in place of two hundred. `node build/bundle.ts`, or with the names of some packages; tsc judges and
 * writes the types. Nothing is written that stands there already, so a program that is loading it loads it whole.
 */
import { globSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const PACKAGES = join(import.meta.dirname, "../packages");

const chosen = process.argv.slice(2);
const names = chosen.length > 0 ? chosen : globSync("*/package.json", { cwd: PACKAGES }).map(dirname);
await Promise.all(names.map((name) => bundle(join(PACKAGES, name))));

async function bundle(directory: string): Promise<void> {
	const { outputFiles } = await build({
		absWorkingDir: directory,
		entryPoints: entriesOf(directory),
		outdir: "dist",
		bundle: true,
		format: "esm",
		platform: "node",
		target: "node22.12",
		// What the packages depend on is the user's to have once, ours too.
		packages: "external",
		// What several entries need lies in files of its own: one runtime a process, whichever of them came first.
		splitting: true,
		chunkNames: "shared-[hash]",
		sourcemap: true,
		// The sources are published beside.
		sourcesContent: false,
		write: false,
	});
	const written = outputFiles!.map(({ path, contents }) => {
		writeIfNew(path, contents);
		return path;
	});
	removeOthers(join(directory, "dist"), written);
}

/** The sources of what `exports` names. */
function entriesOf(directory: string): string[] {
	const { exports } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as {
		exports: Readonly<Record<string, string | { readonly default: string }>>;
	};
	return Object.values(exports)
		.filter((entry) => typeof entry === "object")
		.map((entry) => entry.default.replace("/dist/", "/src/").replace(/\.js$/, ".ts"));
}

function writeIfNew(path: string, contents: Uint8Array): void {
	try {
		if (readFileSync(path).equals(contents)) {
			const now = new Date();
			utimesSync(path, now, now);
			return;
		}
	} catch {
		mkdirSync(dirname(path), { recursive: true });
	}
	writeFileSync(path, contents);
}

/** What an earlier build has left. */
function removeOthers(dist: string, kept: readonly string[]): void {
	for (const file of globSync("**/*.{js,js.map}", { cwd: dist })) {
		const path = join(dist, file);
		if (!kept.includes(path)) rmSync(path);
	}
}
