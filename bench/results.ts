/** What was measured, as data: the pages are written from it. Each part is of one run, and stays until it is measured again. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import type { Counts } from "./counts.ts";
import type { Addresses } from "./measures/addresses.ts";
import type { Rounds } from "./ratios.ts";
import type { Scene } from "./scenes.ts";

export interface Run {
	/** The day. */
	readonly on: string;
	readonly node: string;
	readonly redis: string;
	readonly processors: string;
	readonly packages: Readonly<Record<string, string>>;
	readonly rounds?: number;
}

export interface Packed {
	readonly arm: string;
	readonly bytes: number;
	readonly encoding: string;
	/** What brotli makes of it at quality 4. */
	readonly ofBrotli4: number;
}

/** Figures of a machine are only kept as what they are to another arm's of the same round. */
export interface Results {
	readonly counts?: { readonly run: Run; readonly arms: Readonly<Record<string, Counts>> };
	readonly packed?: { readonly run: Run; readonly arms: readonly Packed[] };
	readonly throughput?: {
		readonly run: Run;
		/** Requests a second, of those of the scene's first arm. */
		readonly scenes: Readonly<Partial<Record<Scene["key"], Rounds>>>;
	};
	readonly latency?: {
		readonly run: Run;
		/** Of those of Express alone. */
		readonly p50: Rounds;
		readonly p99: Rounds;
		readonly saturated: readonly string[];
	};
	/** Over the bare framework. */
	readonly start?: { readonly run: Run; readonly ms: Rounds; readonly bytes: Rounds };
	readonly addresses?: { readonly run: Run; readonly stores: readonly Addresses[] };
}

const FILE = join(import.meta.dirname, "results.json");

export function readResults(): Results {
	return existsSync(FILE) ? JSON.parse(readFileSync(FILE, "utf8")) : {};
}

export function writeResults(results: Results): void {
	writeFileSync(FILE, `${JSON.stringify(results, rounded, "\t")}\n`);
}

/** More digits than that mean nothing. */
const rounded = (_key: string, value: unknown): unknown =>
	typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;

const PACKAGES = [
	...["express", "fastify", "helmet", "express-rate-limit", "express-session", "compression", "pino"],
	...["pino-http", "@fastify/helmet", "@fastify/rate-limit", "@fastify/session", "@fastify/compress"],
	...["ioredis", "connect-redis", "rate-limit-redis"],
];

export function thisRun(rounds?: number): Run {
	const redis = execFileSync("redis-server", ["--version"], { encoding: "utf8" });
	return {
		on: new Date().toISOString().slice(0, 10),
		node: process.versions.node,
		redis: /v=([\d.]+)/.exec(redis)?.[1] ?? "?",
		processors: `${availableParallelism()} of ${cpus()[0]?.model.trim()}`,
		packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
		...(rounds !== undefined && { rounds }),
	};
}

function versionOf(name: string): string {
	const folder = createRequire(import.meta.url)
		.resolve(name)
		.split(`/node_modules/${name}/`)[0];
	return JSON.parse(readFileSync(join(folder!, "node_modules", name, "package.json"), "utf8")).version;
}
