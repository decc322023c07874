/** The house inspects itself: what `ARCHITECTURE.md` says of files, floors and words is held against the sources. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ROOMS } from "../../packages/core/src/config/options.ts";
import { CODES } from "../../packages/core/src/errors.ts";
import {
	exportedNames,
	filesBelow,
	importedPath,
	importsOf,
	isTest,
	manifest,
	namesOf,
	numbersOf,
	packageOf,
	packageSources,
	readText,
	type Source,
	textsOf,
	withoutBlocks,
} from "./sources.ts";

const PACKAGES = ["core", "express", "fastify"] as const;
const ADAPTERS = ["express", "fastify"] as const;

const core = packageSources("core");
const adapters = ADAPTERS.flatMap(packageSources);
const everything = [...core, ...adapters];

/** Paths of the sources that break a rule, so that a failure names them all. */
function offenders(sources: readonly Source[], breaks: (source: Source) => boolean): readonly string[] {
	return sources.filter(breaks).map(({ path }) => path);
}

/** `path: what`, for each thing in a source that should not be there. */
function findings(
	sources: readonly Source[],
	find: (source: Source) => readonly unknown[],
): readonly string[] {
	return sources.flatMap((source) => find(source).map((found) => `${source.path}: ${String(found)}`));
}

test("the house stands on a Node that it promises to run on", () => {
	const major = Number(process.versions.node.split(".")[0]);
	assert.ok(major >= 22, `Node ${process.versions.node}: the tests need 22 or later`);
	for (const name of PACKAGES) assert.equal(manifest(name).engines.node, ">=22.12");
});

test("the inspection has something to inspect", () => {
	assert.ok(core.length > 50 && adapters.length > 10);
	assert.ok(core.every((source) => importsOf(source).every((specifier) => specifier !== "")));
	assert.ok(core.flatMap(importsOf).length > 100);
});

describe("the adapters are alike", () => {
	/** What one framework needs and the other does not, with the reason. */
	const DIFFERENCES: readonly { readonly adapter: string; readonly name: string; readonly reason: string }[] =
		[
			{
				adapter: "fastify",
				name: "server-options.ts",
				reason: "Fastify decides some things when it is constructed",
			},
			{
				adapter: "fastify",
				name: "serverOptions",
				reason: "Fastify decides some things when it is constructed",
			},
			{
				adapter: "express",
				name: "json",
				reason: "Fastify has a JSON parser, which the program may have set up",
			},
			{ adapter: "express", name: "JsonOptions", reason: "the options of json" },
		];
	const without = (adapter: string, names: readonly string[]): readonly string[] =>
		names.filter(
			(name) => !DIFFERENCES.some((difference) => difference.adapter === adapter && difference.name === name),
		);

	test("they have the same files", () => {
		const [express, fastify] = ADAPTERS.map((name) => without(name, namesOf(packageSources(name))));
		assert.deepEqual(express, fastify);
	});

	test("they export the same names", () => {
		const [express, fastify] = ADAPTERS.map((name) => {
			const [face] = packageSources(name).filter(({ path }) => path.endsWith("/src/index.ts"));
			return [...without(name, exportedNames(face!))].sort();
		});
		assert.ok(express!.includes("productionReady"));
		assert.deepEqual(express, fastify);
	});

	test("no difference is excused that is none", () => {
		const all = ADAPTERS.flatMap((adapter) =>
			packageSources(adapter).flatMap((source) =>
				[...namesOf([source]), ...exportedNames(source)].map((name) => `${adapter} ${name}`),
			),
		);
		assert.deepEqual(
			DIFFERENCES.filter(({ adapter, name }) => !all.includes(`${adapter} ${name}`)),
			[],
		);
	});
});

describe("the floors of core", () => {
	const FLOORS = ["ground", "rooms", "pipeline", "config", "runtime", "faces"] as const;
	type Floor = (typeof FLOORS)[number];

	/** A face is what an entry of `exports` leads to. */
	const faces = Object.keys(manifest("core").exports)
		.filter((entry) => entry !== "./package.json")
		.map((entry) => (entry === "." ? "index.ts" : `${entry.slice(2)}.ts`));

	const FLOOR_OF_FOLDER: Readonly<Record<string, Floor>> = {
		exchange: "ground",
		head: "ground",
		log: "ground",
		pipeline: "pipeline",
		config: "config",
		runtime: "runtime",
	};

	const inCore = (path: string): string => path.replace("packages/core/src/", "");
	const folderOf = (path: string): string =>
		inCore(path).includes("/") ? inCore(path).split("/", 1)[0]! : "";

	function floorOf(path: string): Floor {
		const folder = folderOf(path);
		if (folder === "") return faces.includes(inCore(path)) ? "faces" : "ground";
		return FLOOR_OF_FOLDER[folder] ?? "rooms";
	}

	const steps = core.flatMap((source) =>
		importsOf(source)
			.filter((specifier) => specifier.startsWith("."))
			.map((specifier) => ({ from: source.path, to: importedPath(source, specifier) })),
	);
	const told = ({ from, to }: (typeof steps)[number]): string => `${inCore(from)} -> ${inCore(to)}`;

	test("every entry of a package has its face, and core has all of its own", () => {
		for (const face of faces)
			assert.ok(
				core.some(({ path }) => inCore(path) === face),
				face,
			);
		for (const name of ADAPTERS)
			assert.deepEqual(Object.keys(manifest(name).exports), [".", "./package.json"]);
	});

	test("nobody imports from a floor above: ground <- rooms <- pipeline <- config <- runtime <- faces", () => {
		const height = (path: string): number => FLOORS.indexOf(floorOf(path));
		assert.deepEqual(steps.filter(({ from, to }) => height(to) > height(from)).map(told), []);
	});

	test("rooms do not import rooms", () => {
		const betweenRooms = steps.filter(
			({ from, to }) =>
				floorOf(from) === "rooms" && floorOf(to) === "rooms" && folderOf(from) !== folderOf(to),
		);
		assert.deepEqual(betweenRooms.map(told), []);
	});

	test("faces do not import faces", () => {
		assert.deepEqual(
			steps.filter(({ from, to }) => floorOf(from) === "faces" && floorOf(to) === "faces").map(told),
			[],
		);
	});

	test("whatever is imported is there", () => {
		const paths = new Set(core.map(({ path }) => path));
		assert.deepEqual(steps.filter(({ to }) => !paths.has(to)).map(told), []);
	});
});

describe("what is imported from outside", () => {
	test("no file of core knows a framework", () => {
		const frameworks = /^(?:@?fastify|express)/;
		assert.deepEqual(
			findings(core, (source) => importsOf(source).filter((specifier) => frameworks.test(specifier))),
			[],
		);
	});

	for (const name of PACKAGES) {
		test(`${name} imports what its package.json names, and Node's own by its prefix`, () => {
			const { dependencies = {}, peerDependencies = {} } = manifest(name);
			const known = [...Object.keys(dependencies), ...Object.keys(peerDependencies)];
			const unknown = findings(packageSources(name), (source) =>
				importsOf(source).filter((specifier) => {
					const wanted = packageOf(specifier);
					return wanted !== undefined && !known.includes(wanted);
				}),
			);
			assert.deepEqual(unknown, []);
		});
	}

	test("Node's dear modules are asked for, not imported: an import reads all their exports, fetch and HTTP/2 too", () => {
		const dear = /\bimport\s(?!type\b)[^;]*?"node:(?:http|fs|util)"/;
		assert.deepEqual(
			offenders(everything, ({ code }) => dear.test(code)),
			[],
		);
	});

	test("adapters enter core by its doors", () => {
		const doors = Object.keys(manifest("core").exports).map((entry) =>
			entry.replace(/^\./, "@production-ready/core"),
		);
		const elsewhere = findings(adapters, (source) =>
			importsOf(source).filter(
				(specifier) => packageOf(specifier) === "@production-ready/core" && !doors.includes(specifier),
			),
		);
		assert.deepEqual(elsewhere, []);
	});

	test("nobody climbs out of the own package", () => {
		const outside = findings(everything, (source) =>
			importsOf(source).filter((specifier) => {
				const own = source.path.split("/", 3).join("/");
				return specifier.startsWith(".") && !importedPath(source, specifier).startsWith(`${own}/`);
			}),
		);
		assert.deepEqual(outside, []);
	});
});

describe("an adapter says nothing to a client", () => {
	/** Express' names for its own settings: words, but no sentences. */
	const NAMES_WITH_SPACES = ["trust proxy", "trust proxy fn"];

	test("no sentence: what is said stands in core, once for both", () => {
		const sentences = findings(adapters, (source) =>
			textsOf(source).filter((text) => /\S\s+\S/.test(text) && !NAMES_WITH_SPACES.includes(text)),
		);
		assert.deepEqual(sentences, []);
	});

	test("no number that a client could see: a status, a size or a time", () => {
		// A 204 is compared with, because it has no body.
		const figures = findings(adapters, (source) =>
			numbersOf(source).filter((number) => number > 1 && number !== 204),
		);
		assert.deepEqual(figures, []);
		assert.deepEqual(
			offenders(adapters, ({ code }) => /\b204\b/.test(code.replace(/[!=]== 204\b/g, ""))),
			[],
		);
	});

	test("no media type, and no value of a header", () => {
		const types = /^(?:application|audio|font|image|message|model|multipart|text|video)\//;
		const values =
			/[\w-]+=\S|;\s*\w|^(?:no-store|no-cache|nosniff|deny|close|keep-alive|chunked|gzip|br|deflate)$/i;
		assert.deepEqual(
			findings(adapters, (source) => textsOf(source).filter((text) => types.test(text) || values.test(text))),
			[],
		);
		const written = /(?:setHeader|appendHeader|\.header|\.set)\(\s*["'`][\w-]+["'`]\s*,\s*["'`\d]/;
		assert.deepEqual(
			offenders(adapters, ({ code }) => written.test(code)),
			[],
		);
	});

	test("no body", () => {
		const body = /JSON\.stringify|\.(?:end|json|send|write)\(\s*["'`{[]/;
		assert.deepEqual(
			offenders(adapters, ({ code }) => body.test(code)),
			[],
		);
	});

	test("no error of its own", () => {
		assert.deepEqual(
			offenders(adapters, ({ code }) => /\bnew \w*Error\(/.test(code)),
			[],
		);
	});
});

describe("how a source looks", () => {
	test("there is one class, the error", () => {
		const classes = findings(everything, ({ code }) =>
			[...code.matchAll(/\bclass\s+(\w+)|=\s*class\b/g)].map((match) => match[1]),
		);
		assert.deepEqual(classes, ["packages/core/src/errors.ts: ProductionReadyError"]);
	});

	test("a file is read on a few screens", () => {
		const LONGEST = 220;
		/** Longer, with the reason. */
		const LONGER: Readonly<Record<string, string>> = {
			"packages/core/src/config/platforms.ts": "a table of facts with their sources",
		};
		const lines = ({ text }: Source): number => text.split("\n").length - 1;
		assert.deepEqual(
			findings(
				everything.filter(({ path }) => !(path in LONGER)),
				(source) => (lines(source) > LONGEST ? [lines(source)] : []),
			),
			[],
		);
		for (const path of Object.keys(LONGER))
			assert.ok(
				everything.some((source) => source.path === path),
				path,
			);
	});

	test("a file is named for what it holds", () => {
		const all = ["packages", "tests", "examples", "docs", "bench"].flatMap((folder) =>
			filesBelow(folder, ".ts"),
		);
		assert.deepEqual(
			offenders(all, ({ path }) =>
				/(?:^|[/-])(?:utils?|helpers?|common|managers?|misc)(?:[/.-]|$)/i.test(path),
			),
			[],
		);
		assert.deepEqual(
			offenders(everything, ({ path }) => !/\/[a-z0-9]+(?:-[a-z0-9]+)*\.ts$/.test(path)),
			[],
		);
	});

	test("exports have names", () => {
		assert.deepEqual(
			offenders(everything, ({ code }) => /\bexport\s+default\b/.test(code)),
			[],
		);
	});

	test("the environment is read where it is resolved, and nowhere else", () => {
		const READERS = /^packages\/core\/src\/(?:env\/|config\/resolve\.ts$)/;
		assert.deepEqual(
			offenders(
				everything,
				({ path, code }) =>
					/\bprocess\.env\b|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/.test(code) && !READERS.test(path),
			),
			[],
		);
	});

	test("nothing is left to be done, and nothing speaks of somebody's machine", () => {
		const self = import.meta.url;
		const all = ["packages", "tests", "examples", "docs", "decisions", "bench"]
			.flatMap((folder) => filesBelow(folder, ".ts", ".js", ".md", ".json"))
			.filter(({ path }) => !self.endsWith(path));
		const unfinished = /\b(?:TODO|FIXME|XXX|HACK)\b/;
		const machine = /(?<![\w.:-])\/(?:work|root|opt\/nodes|Users\/\w+)\//;
		assert.deepEqual(
			findings(all, ({ text }) =>
				text.split("\n").filter((line) => unfinished.test(line) || machine.test(line)),
			),
			[],
		);
		assert.deepEqual(
			offenders(everything, ({ text }) => text.includes(["", "tmp", ""].join("/"))),
			[],
		);
	});
});

describe("every option", () => {
	const keysOf = (settings: object): readonly string[] => Object.keys(settings);

	test("has a default and a check, and no check is without a default", () => {
		for (const { key, DEFAULTS, CHECKS } of ROOMS) {
			assert.deepEqual([...keysOf(CHECKS)].sort(), [...keysOf(DEFAULTS)].sort(), key);
		}
	});

	/** Options that no line of ours reads by name, and why. */
	const UNREAD: Readonly<Record<string, string>> = {
		headers: "handed to helmet as they are; headers.test.ts sees each of them arrive there",
	};

	/** The sources that may read a room's values: its own folder without the settings, the runtime and the adapters. */
	function readersOf(room: string): string {
		const home = core.find(({ code }) => new RegExp(`\\bkey: "${room}"`).test(code));
		assert.ok(home !== undefined, `no source has key: "${room}"`);
		const folder = home.path.slice(0, home.path.lastIndexOf("/") + 1);
		return everything
			.filter(
				({ path }) =>
					path.startsWith(folder) || /\/(?:core\/src\/runtime|express\/src|fastify\/src)\//.test(path),
			)
			.filter(({ path }) => !/[/-]settings\.ts$/.test(path))
			.map(({ code }) =>
				[
					/\binterface \w+[^{]*\{/,
					/\b(?:DEFAULTS|CHECKS)\b[^{};]*[=:]\s*\{/,
					/\bfunction coherence\b[^{]*\{/,
				].reduce(withoutBlocks, code),
			)
			.join("\n");
	}

	test("has a reader", () => {
		const unread = ROOMS.filter(({ key }) => !(key in UNREAD)).flatMap(({ key: room, DEFAULTS }) => {
			const code = readersOf(room);
			return keysOf(DEFAULTS)
				.filter((key) => {
					const dotted = new RegExp(`\\.${key}\\b`);
					const taken = new RegExp(`\\{[^{}]*\\b${key}\\b[^{}]*\\}\\s*(?:=[^=>]|:\\s*\\w|\\)\\s*(?:=>|:))`);
					return !dotted.test(code) && !taken.test(code) && !code.includes(`"${key}"`);
				})
				.map((key) => `${room}.${key}`);
		});
		assert.deepEqual(unread, []);
	});

	test("has a row in the docs, below the heading of its room", () => {
		const sections = readText("docs/reference/options.md").split(/^## /m);
		const missing = ROOMS.flatMap(({ key: room, DEFAULTS }) => {
			const section = sections.find((text) => new RegExp(`^\`?${room}\\b`).test(text)) ?? "";
			return keysOf(DEFAULTS)
				.filter((key) => !new RegExp(`^\\| \`(?:${room}\\.)?${key}\``, "m").test(section))
				.map((key) => `${room}.${key}`);
		});
		assert.deepEqual(missing, []);
	});

	test("carries its unit in its name, where it has one", () => {
		const timed = ROOMS.flatMap(({ key: room, CHECKS }) =>
			Object.entries<{ expected: string }>(CHECKS)
				.filter(
					([key, { expected }]) =>
						(/\(milliseconds\)/.test(expected) && !key.endsWith("Ms")) ||
						(/\(bytes\)/.test(expected) && !key.endsWith("Bytes")),
				)
				.map(([key]) => `${room}.${key}`),
		);
		assert.deepEqual(timed, []);
	});
});

describe("every code", () => {
	const codes = Object.keys(CODES);

	test("is used", () => {
		const elsewhere = everything.filter(({ path }) => path !== "packages/core/src/errors.ts");
		const used = new Set(elsewhere.flatMap(textsOf));
		// The one that holds all others is thrown where it is defined.
		assert.deepEqual(
			codes.filter((code) => code !== "CONFIG_INVALID" && !used.has(code)),
			[],
		);
	});

	test("has a heading in the docs, and no heading is for a code that is gone", () => {
		const headings = [...readText("docs/reference/errors.md").matchAll(/^#{2,3} `?([A-Z][A-Z_]+)`?$/gm)].map(
			(match) => match[1],
		);
		assert.deepEqual([...headings].sort(), [...codes].sort());
	});
});

describe("the tests", () => {
	test("of a unit stand beside what they test, and open no port", () => {
		const units = PACKAGES.flatMap((name) => filesBelow(`packages/${name}/src`, ".test.ts"));
		assert.ok(units.length > 20 && units.every(isTest));
		assert.deepEqual(
			offenders(units, ({ code }) => /\.listen\(/.test(code)),
			[],
		);
	});
});
