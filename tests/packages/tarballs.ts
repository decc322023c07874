import { execFile } from "node:child_process";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

export interface Manifest {
	readonly name: string;
	readonly version: string;
	readonly private?: boolean;
	readonly packageManager?: string;
	readonly types?: string;
	readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
	readonly dependencies?: Readonly<Record<string, string>>;
	readonly peerDependencies?: Readonly<Record<string, string>>;
	readonly optionalDependencies?: Readonly<Record<string, string>>;
	readonly devDependencies?: Readonly<Record<string, string>>;
}

/** What a user gets when a package is published. */
export interface Tarball {
	readonly path: string;
	readonly manifest: Manifest;
	/** Where its content lies unpacked. */
	readonly directory: string;
	/** Paths inside the package, sorted. */
	readonly files: readonly string[];
}

/** Makes the tarballs of all packages, as publishing would, and unpacks them beside. They hold what `pnpm build` has built. */
export async function packAll(into: string): Promise<readonly Tarball[]> {
	const { packageManager } = await readManifest(ROOT);
	const pnpm = ["--yes", packageManager!, "--filter", "./packages/*"];
	await run("npx", [...pnpm, "pack", "--pack-destination", into], { cwd: ROOT, timeout: 120_000 });
	const archives = (await readdir(into)).filter((file) => file.endsWith(".tgz")).sort();
	return Promise.all(archives.map((file) => unpack(join(into, file))));
}

/** The folders of the packages that are meant for publishing, by the name of the package. */
export async function publishedPackages(): Promise<ReadonlyMap<string, string>> {
	const published = new Map<string, string>();
	for (const folder of await readdir(join(ROOT, "packages"))) {
		const directory = join(ROOT, "packages", folder);
		const manifest = await readManifest(directory);
		if (manifest.private !== true) published.set(manifest.name, directory);
	}
	return published;
}

export async function readManifest(directory: string): Promise<Manifest> {
	return JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
}

async function unpack(path: string): Promise<Tarball> {
	const into = path.slice(0, -".tgz".length);
	await mkdir(into);
	await run("tar", ["-xzf", path, "-C", into]);
	const directory = join(into, "package");
	const entries = await readdir(directory, { recursive: true, withFileTypes: true });
	const files = entries
		.filter((entry) => entry.isFile())
		.map((entry) =>
			join(entry.parentPath, entry.name)
				.slice(directory.length + 1)
				.replaceAll("\\", "/"),
		);
	return { path, directory, files: files.sort(), manifest: await readManifest(directory) };
}
