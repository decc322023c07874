/**
 * `pnpm pack:check`: what publint and attw say of the tarballs. Not part of `pnpm test`, whose consumers try the same
 * things for real: these two know the mistakes that nobody here has made yet.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packAll } from "./tarballs.ts";

const TOOLS: readonly (readonly string[])[] = [
	["publint@0.3.25", "--strict"],
	["@arethetypeswrong/cli@0.18.5", "--profile", "esm-only"],
];

const directory = mkdtempSync(join(tmpdir(), "production-ready-pack-check-"));
const failed: string[] = [];
try {
	for (const { manifest, path } of await packAll(directory)) {
		for (const tool of TOOLS) {
			console.log(`\n${manifest.name}: ${tool[0]}`);
			const { status } = spawnSync("npx", ["--yes", ...tool, path], { stdio: "inherit", timeout: 180_000 });
			if (status !== 0) failed.push(`${tool[0]} on ${manifest.name}`);
		}
	}
} finally {
	rmSync(directory, { recursive: true, force: true });
}
console.log(failed.length === 0 ? "\nthe tarballs are fit to publish" : `\nfailed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
