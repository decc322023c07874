/** The tool that others attack with: judged by what happens on our side. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { EXPRESS_5, FASTIFY, hello, type Route, type Server } from "../contract/servers.ts";

const PROGRAM = (process.env.PATH ?? "").split(":").find((folder) => existsSync(`${folder}/slowhttptest`));
const WITHOUT = PROGRAM === undefined && "slowhttptest is not installed: apt-get install slowhttptest";

const CONNECTIONS = 60;

/** It gives up after this, whatever the server does. */
const LONGEST_SECONDS = 15;

const SHORT = { headersTimeoutMs: 1_000, requestTimeoutMs: 1_000, sendTimeoutMs: 1_000 };

const CUT = "the client took nothing of its answer for too long, and was cut";

const isTimedOut = ({ status }: Server["lines"][number]): boolean => status === 408;

const attacks: readonly {
	readonly title: string;
	readonly args: readonly string[];
	readonly isCut: (line: Server["lines"][number]) => boolean;
}[] = [
	{
		title: "H72: slow heads",
		args: ["-H", "-i", "1", "-x", "8"],
		isCut: isTimedOut,
	},
	{
		title: "H73: slow bodies",
		args: ["-B", "-i", "1", "-x", "8", "-s", "8192", "-t", "POST"],
		isCut: isTimedOut,
	},
	{
		title: "H74: slow readers",
		args: ["-X", "-w", "16", "-y", "32", "-n", "5", "-z", "1"],
		isCut: ({ reason }) => reason === CUT,
	},
];

const endless = () =>
	new Readable({
		read() {
			this.push(Buffer.alloc(64 * 1024, "x"));
		},
	});

/** Reads what comes, to its end. */
const upload: Route = {
	method: "POST",
	path: "/attack",
	body: "raw",
	handle: async ({ request }) => {
		for await (const _piece of request);
		return {};
	},
};

for (const factory of [EXPRESS_5, FASTIFY]) {
	describe(`slowhttptest against ${factory.name}`, { skip: WITHOUT, timeout: 30_000 }, () => {
		for (const { title, args, isCut } of attacks) {
			test(`${title} are all cut by us, and others are served meanwhile`, async (t) => {
				const app = await factory.start(t, {
					options: { rateLimit: false, server: SHORT, logging: { maxRefusalsPerWindow: false } },
					routes: [hello(), { path: "/attack", handle: () => ({ body: endless() }) }, upload],
				});
				const how = ["-c", CONNECTIONS, "-r", CONNECTIONS, "-l", LONGEST_SECONDS, "-p", 3].map(String);
				const attack = promisify(execFile)("slowhttptest", [...args, ...how, "-u", `${app.url}/attack`]);
				let isOver = false;
				const ended = attack
					.catch(() => {})
					.then(() => {
						isOver = true;
					});
				let served = 0;
				while (!isOver && app.lines.filter(isCut).length < CONNECTIONS) {
					assert.equal((await app.get("/")).status, 200);
					served++;
				}
				assert.ok(served > 0);
				assert.equal(app.lines.filter(isCut).length, CONNECTIONS, "the attack was over before they were cut");
				attack.child.kill();
				await ended;
				assert.equal((await app.get("/")).status, 200);
			});
		}
	});
}
