/** The Redis that the tests run on: one that is here, or one that is installed for them. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findExecutable } from "./executable.ts";
import { alone } from "./lock.ts";

const NAMES = ["redis-server", "valkey-server"];

const CHOICES = `The tests of Redis need a server, 7.0 or later. There are three choices:
- put redis-server or valkey-server on PATH,
- name one by the variable REDIS_SERVER,
- run the tests as root where there is apt-get: then they install the package redis-server.`;

let found: Promise<string> | undefined;

/** The path of the server. Looked for once; rejects with the choices that there are. */
export function redisServer(): Promise<string> {
	found ??= find();
	return found;
}

async function find(): Promise<string> {
	const named = process.env.REDIS_SERVER;
	// Whoever names one wants that one, so nothing else takes its place.
	if (named) return findExecutable(named) ?? refuse(`REDIS_SERVER is ${named}, which cannot be started.`);
	return findByName() ?? install();
}

const findByName = (): string | undefined => NAMES.map(findExecutable).find((path) => path !== undefined);

function refuse(reason: string, cause?: unknown): never {
	throw new Error(`${reason} ${CHOICES}`, { cause });
}

/** Test files run at the same time: the first one installs, the others wait for it. */
async function install(): Promise<string> {
	const apt = findExecutable("apt-get");
	if (apt === undefined) refuse("There is no Redis, and no apt-get to install it.");
	if (process.getuid?.() !== 0) refuse("There is no Redis, and only root may install it.");
	return alone("redis-installation", async () => {
		const installed = findByName();
		if (installed !== undefined) return installed;
		try {
			await run(apt, "update");
			await run(apt, "install", "-y", "--no-install-recommends", "redis-server");
		} catch (error) {
			refuse(`There is no Redis, and apt-get did not install it: ${(error as Error).message}`, error);
		}
		return findByName() ?? refuse("apt-get has installed redis-server, but it is not on PATH.");
	});
}

/** Somebody else's apt-get is waited for. */
async function run(apt: string, ...args: readonly string[]): Promise<void> {
	const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
	await promisify(execFile)(apt, ["-o", "DPkg::Lock::Timeout=60", ...args], { env });
}
