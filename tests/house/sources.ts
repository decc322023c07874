/** The sources of the house as text: which files there are, what they import, what they say. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Source {
	/** From the root of the repository, with slashes: `packages/core/src/errors.ts`. */
	readonly path: string;
	/** As it is written. */
	readonly text: string;
	/** Without comments; text and patterns stay. */
	readonly code: string;
}

/** Never ours: what is installed, built or kept by tools. */
const NOT_OURS = ["node_modules", "dist", ".git"];

function walk(folder: string): string[] {
	if (!existsSync(folder)) return [];
	return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
		const path = join(folder, entry.name);
		if (NOT_OURS.includes(entry.name)) return [];
		return entry.isDirectory() ? walk(path) : [path];
	});
}

export function readText(path: string): string {
	return readFileSync(join(ROOT, path), "utf8");
}

function sourceOf(path: string): Source {
	const text = readFileSync(path, "utf8");
	return { path: relative(ROOT, path).split(sep).join("/"), text, code: withoutComments(text) };
}

/** All files below a folder whose name ends like this. */
export function filesBelow(folder: string, ...endings: readonly string[]): readonly Source[] {
	return walk(join(ROOT, folder))
		.filter((path) => endings.some((ending) => path.endsWith(ending)))
		.map(sourceOf);
}

export const isTest = ({ path }: Source): boolean => path.endsWith(".test.ts");

/** What is published of a package: its sources without their tests. */
export function packageSources(name: "core" | "express" | "fastify"): readonly Source[] {
	return filesBelow(`packages/${name}/src`, ".ts").filter((source) => !isTest(source));
}

export interface Manifest {
	readonly exports: Readonly<Record<string, unknown>>;
	readonly engines: { readonly node: string };
	readonly dependencies?: Readonly<Record<string, string>>;
	readonly peerDependencies?: Readonly<Record<string, string>>;
}

export function manifest(name: string): Manifest {
	return JSON.parse(readText(`packages/${name}/package.json`));
}

// A comment, or what may look like one inside: text of three kinds, and a pattern behind what no value stands before.
const TOKEN =
	/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|(?<=[(=:,!&|?{}[;]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\/[a-z]*/g;

function withoutComments(text: string): string {
	return text.replace(TOKEN, (token) => (/^\/[*/]/.test(token) ? "" : token));
}

const IMPORT =
	/\b(?:import|export)\b[^;"'`]*?\bfrom\s*"([^"]+)"|\bimport\s*"([^"]+)"|\b(?:import|require)\("([^"]+)"\)/g;

/** What a source imports, types too, as it is written. */
export function importsOf({ code }: Source): readonly string[] {
	return [...code.matchAll(IMPORT)].map((match) => (match[1] ?? match[2] ?? match[3])!);
}

/** The path of a relative import from the root of the repository. */
export function importedPath({ path }: Source, specifier: string): string {
	return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

/** The name of the package in an import: `helmet`, `@fastify/session`; nothing for files and for Node's own. */
export function packageOf(specifier: string): string | undefined {
	if (/^(?:\.|node:)/.test(specifier)) return undefined;
	return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/** Names that a face exports, types too. */
export function exportedNames({ code }: Source): readonly string[] {
	return [...code.matchAll(/\bexport\s+(?:type\s+)?\{([^}]*)\}/g)]
		.flatMap((match) => match[1]!.split(","))
		.map((name) =>
			name
				.trim()
				.replace(/^type\s+/, "")
				.replace(/^.*\bas\s+/, ""),
		)
		.filter((name) => name !== "");
}

/** Text of all literals, except what is imported. */
export function textsOf({ code }: Source): readonly string[] {
	const withoutImports = code.replace(IMPORT, "");
	return [...withoutImports.matchAll(TOKEN)]
		.map(([token]) => token)
		.filter((token) => !token.startsWith("/"))
		.map((token) => token.slice(1, -1));
}

/** Numbers that are written as such. */
export function numbersOf({ code }: Source): readonly number[] {
	const bare = code.replace(TOKEN, '""');
	return [...bare.matchAll(/(?<![\w.$])\d[\d_]*(?:\.\d+)?\b/g)].map(([digits]) =>
		Number(digits.replaceAll("_", "")),
	);
}

/** The code without the braces that follow such a beginning, and what is in them. */
export function withoutBlocks(code: string, beginning: RegExp): string {
	const match = beginning.exec(code);
	if (match === null) return code;
	let end = code.indexOf("{", match.index + match[0].length - 1);
	for (let depth = 0; end < code.length; end++) {
		if (code[end] === "{") depth++;
		if (code[end] === "}" && --depth === 0) break;
	}
	return withoutBlocks(code.slice(0, match.index) + code.slice(end + 1), beginning);
}

/** File names without their folders. */
export function namesOf(sources: readonly Source[]): readonly string[] {
	return sources.map(({ path }) => basename(path)).sort();
}
