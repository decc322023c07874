import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { certificate } from "../process/certificate.ts";

/** The package as it is on npm. It brings 230 others, so it is no dependency of ours: it is fetched when it is wanted. */
export const OBSERVATORY = { name: "@mdn/mdn-http-observatory", version: "1.4.8" };

export interface Grade {
	readonly total: { readonly grade: string; readonly score: number; readonly algorithmVersion: number };
	readonly tests: Readonly<
		Record<string, { readonly pass: boolean; readonly result: string; readonly scoreModifier: number }>
	>;
}

/** Brings the grader to a folder outside of the project, once. Gives its entry, or throws where it cannot be had. */
export function fetchObservatory(): string {
	const folder = join(tmpdir(), `production-ready-observatory-${OBSERVATORY.version}`);
	const home = join(folder, "node_modules", OBSERVATORY.name);
	const entry = join(home, "src/index.js");
	if (!existsSync(entry)) {
		mkdirSync(folder, { recursive: true });
		writeFileSync(join(folder, "package.json"), '{ "private": true }');
		const wanted = `${OBSERVATORY.name}@${OBSERVATORY.version}`;
		// Its scripts would fetch lists of names from elsewhere; what is graded here is on none of them.
		const quiet = ["--ignore-scripts", "--save-exact", "--no-audit", "--no-fund", "--loglevel=error"];
		execFileSync("npm", ["install", ...quiet, wanted], {
			cwd: folder,
			stdio: ["ignore", "ignore", "inherit"],
		});
	}
	const preloaded = join(home, "conf/hsts-preload.json");
	if (!existsSync(preloaded)) writeFileSync(preloaded, "{}");
	return pathToFileURL(entry).href;
}

/** Grades what answers on a port by https, as the Observatory would a site. */
export async function gradeByObservatory(entry: string, port: number): Promise<Grade> {
	const program = fileURLToPath(new URL("scan.mjs", import.meta.url));
	const args = [program, entry, String(port)];
	// What is signed by itself is verified all the same: this one certificate is trusted, by this one process.
	const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificate().TLS_CERT, NO_PROXY: "localhost" };
	const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 60_000 });
	return JSON.parse(stdout);
}
