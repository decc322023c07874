/** What tests run is what would be published. A build that is older than its source would tell of yesterday's code. */
import { existsSync, globSync, statSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const changedAtMs = (file: string): number => statSync(join(ROOT, file)).mtimeMs;

for (const directory of globSync("packages/*", { cwd: ROOT })) {
	const entry = `${directory}/dist/index.js`;
	const builtAtMs = existsSync(join(ROOT, entry)) ? changedAtMs(entry) : 0;
	const changed = globSync(`${directory}/src/**/*.ts`, { cwd: ROOT })
		.filter((file) => !file.endsWith(".test.ts"))
		.find((file) => changedAtMs(file) > builtAtMs);
	if (changed !== undefined) throw new Error(`${changed} has changed since the build: node build/bundle.ts`);
}
