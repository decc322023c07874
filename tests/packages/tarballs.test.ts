import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { after, before, describe, it } from "node:test";
import { packAll, publishedPackages, type Tarball } from "./tarballs.ts";

let directory: string;
let tarballs: readonly Tarball[];

before(async () => {
	directory = await mkdtemp(join(tmpdir(), "production-ready-tarballs-"));
	tarballs = await packAll(directory);
});

after(() => rm(directory, { recursive: true, force: true }));

/** Looks for one kind of fault in all tarballs at once. */
async function check(faultsOf: (tarball: Tarball) => readonly string[] | Promise<readonly string[]>) {
	const faults = await Promise.all(
		tarballs.map(async (tarball) =>
			(await faultsOf(tarball)).map((fault) => `${tarball.manifest.name}: ${fault}`),
		),
	);
	assert.deepEqual(faults.flat(), []);
}

describe("a published package", () => {
	it("is made of each package that is not private", async () => {
		const names = tarballs.map(({ manifest }) => manifest.name);
		assert.deepEqual(names.sort(), [...(await publishedPackages()).keys()].sort());
	});

	it("comes with a README, a licence and a manifest, and beside them only what was built", () =>
		check(({ files }) => {
			const wanted = ["LICENSE", "README.md", "package.json"];
			const missing = wanted.filter((file) => !files.includes(file)).map((file) => `${file} is missing`);
			const expected = /^(?:LICENSE|README\.md|CHANGELOG\.md|package\.json|(?:dist|src)\/.+)$/;
			const surprising = files.filter((file) => !expected.test(file)).map((file) => `${file} is a surprise`);
			return [...missing, ...surprising];
		}));

	it("holds no tests, no build notes and nothing of a developer's machine", () =>
		check(({ files }) => {
			const unwanted = /\.test\.|\.tsbuildinfo$|tsconfig|\.tgz$|\.env|\.log$|node_modules|\.DS_Store/;
			return files.filter((file) => unwanted.test(file));
		}));

	it("has for each module of its code and of its types a map", () =>
		check(({ files }) =>
			files
				.filter((file) => file.startsWith("dist/") && /\.(?:js|d\.ts)$/.test(file))
				.map((file) => `${file}.map`)
				.filter((file) => !files.includes(file))
				.map((file) => `${file} is missing`),
		));

	it("holds no code that none of its entries loads", () =>
		check(async ({ files, directory, manifest }) => {
			const loaded = new Set<string>();
			const load = async (file: string): Promise<void> => {
				if (loaded.has(file)) return;
				loaded.add(file);
				const text = await readFile(join(directory, file), "utf8");
				const imported = [...text.matchAll(/^(?:\} from|import) "(\.[^"]+)";$/gm)].map((match) => match[1]!);
				await Promise.all(imported.map((path) => load(posix.join(posix.dirname(file), path))));
			};
			const entries = Object.values(manifest.exports ?? {}).filter((target) => typeof target === "object");
			await Promise.all(entries.map((target) => load(target.default!.replace("./", ""))));
			return files.filter((file) => file.endsWith(".js") && !loaded.has(file));
		}));

	it("is built from what stands in the source now, and from nothing that was there before", async () => {
		const folders = await publishedPackages();
		await check(async ({ files, directory, manifest }) => {
			const stale: string[] = [];
			for (const file of files.filter((file) => file.endsWith(".map"))) {
				const { sources } = JSON.parse(await readFile(join(directory, file), "utf8")) as {
					sources: string[];
				};
				const gone = sources
					.map((source) => posix.join(posix.dirname(file), source))
					.find((source) => !existsSync(join(folders.get(manifest.name)!, source)));
				if (gone !== undefined)
					stale.push(`${file} was built from ${gone}, which is gone: remove dist and build again`);
			}
			return stale;
		});
	});

	it("has maps whose sources a debugger and an editor find", () =>
		check(async ({ files, directory }) => {
			const lost: string[] = [];
			for (const file of files.filter((file) => file.endsWith(".map"))) {
				const map = JSON.parse(await readFile(join(directory, file), "utf8")) as {
					sources: string[];
					sourcesContent?: string[];
				};
				if (map.sourcesContent?.length === map.sources.length) continue;
				const sources = map.sources.map((source) => posix.join(posix.dirname(file), source));
				lost.push(...sources.filter((source) => !files.includes(source)));
			}
			const missing = new Set(lost);
			return missing.size === 0 ? [] : [`${missing.size} sources are missing, such as ${[...missing][0]}`];
		}));

	it("has a file behind each entry of its exports, with the types first", () =>
		check(({ files, manifest }) =>
			Object.entries(manifest.exports ?? {}).flatMap(([entry, target]) => {
				if (entry === "./package.json") return [];
				if (typeof target === "string") return [`${entry} has no types`];
				const paths = Object.values(target).map((path) => path.replace("./", ""));
				const lost = paths.filter((path) => !files.includes(path)).map((path) => `${path} is missing`);
				return Object.keys(target)[0] === "types"
					? lost
					: [...lost, `${entry} does not name its types first`];
			}),
		));

	it("depends on real versions, and on its siblings at their own", () =>
		check(({ manifest }) => {
			const { dependencies, peerDependencies, optionalDependencies, devDependencies } = manifest;
			const siblings = new Map(tarballs.map((tarball) => [tarball.manifest.name, tarball.manifest.version]));
			const isFaulty = ([name, range]: [string, string]): boolean => {
				// A peer is the user's own, and any version of it may do.
				const isReal =
					/^[\^~]?\d+\.\d+\.\d+/.test(range) || (range === "*" && name in (peerDependencies ?? {}));
				return !isReal || !(siblings.get(name) ?? range).includes(range);
			};
			return Object.entries({
				...devDependencies,
				...optionalDependencies,
				...dependencies,
				...peerDependencies,
			})
				.filter(isFaulty)
				.map(([name, range]) => `${name} is wanted as ${range}`);
		}));

	it("has one version with its siblings", () => {
		const versions = new Set(tarballs.map(({ manifest }) => manifest.version));
		assert.equal(versions.size, 1, `the versions are ${[...versions].join(", ")}`);
	});

	it("says what it is and which Node it needs", () =>
		check(({ manifest }) => {
			const facts = manifest as unknown as Record<string, unknown>;
			const wanted = ["description", "license", "engines", "type", "exports", "files"];
			return wanted.filter((fact) => facts[fact] === undefined).map((fact) => `${fact} is not said`);
		}));
});
